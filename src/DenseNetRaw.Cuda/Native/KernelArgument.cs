using System.Runtime.CompilerServices;

namespace DenseNetRaw.Cuda.Native;

/// <summary>
/// One argument of a kernel, by value. The kernel reads as many bytes as its own declaration says, so the C# type must
/// be the kernel's: <c>int</c> for <c>int</c>, <c>long</c> for <c>long long</c>, <c>ulong</c> for a pointer, and for a
/// structure one with the same fields in the same order.
/// </summary>
internal readonly struct KernelArgument
{
    private const int Words = 8;

    private readonly Storage _bytes;

    private KernelArgument(Storage bytes) => _bytes = bytes;

    /// <summary>A pointer into the device's memory, or an unsigned 64-bit number.</summary>
    public static implicit operator KernelArgument(ulong value) => Of(value);

    /// <summary>A signed 64-bit number.</summary>
    public static implicit operator KernelArgument(long value) => Of(value);

    /// <summary>A signed 32-bit number.</summary>
    public static implicit operator KernelArgument(int value) => Of(value);

    /// <summary>An unsigned 32-bit number.</summary>
    public static implicit operator KernelArgument(uint value) => Of(value);

    /// <summary>A 32-bit floating-point number.</summary>
    public static implicit operator KernelArgument(float value) => Of(value);

    /// <summary>A structure of up to 64 bytes. Its type may offer a conversion that calls this.</summary>
    /// <exception cref="ArgumentException">It is larger.</exception>
    /// <typeparam name="T">The structure.</typeparam>
    public static KernelArgument Of<T>(T value)
        where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() > Unsafe.SizeOf<Storage>())
        {
            throw new ArgumentException(
                $"a kernel's argument has at most {Unsafe.SizeOf<Storage>()} bytes, {typeof(T).Name} has "
                + $"{Unsafe.SizeOf<T>()}");
        }

        Storage bytes = default;
        Unsafe.WriteUnaligned(ref Unsafe.As<Storage, byte>(ref bytes), value);
        return new KernelArgument(bytes);
    }

    /// <summary>The first eight bytes, for tests.</summary>
    public ulong FirstWord() => _bytes[0];

    [InlineArray(Words)]
    private struct Storage
    {
        private ulong _first;
    }
}
