namespace DenseNetRaw.Cuda.Native;

/// <summary>
/// One argument of a kernel: its bytes at the beginning of eight. The kernel reads as many as its own declaration says,
/// so the C# type must be the kernel's: <c>int</c> for <c>int</c>, <c>long</c> for <c>long long</c>, <c>ulong</c> for a
/// pointer.
/// </summary>
internal readonly struct KernelArgument
{
    private readonly ulong _bits;

    private KernelArgument(ulong bits) => _bits = bits;

    /// <summary>A pointer into the device's memory, or an unsigned 64-bit number.</summary>
    public static implicit operator KernelArgument(ulong value) => new(value);

    /// <summary>A signed 64-bit number.</summary>
    public static implicit operator KernelArgument(long value) => new((ulong)value);

    /// <summary>A signed 32-bit number.</summary>
    public static implicit operator KernelArgument(int value) => new((uint)value);

    /// <summary>An unsigned 32-bit number.</summary>
    public static implicit operator KernelArgument(uint value) => new(value);

    /// <summary>A 32-bit floating-point number.</summary>
    public static implicit operator KernelArgument(float value) => new(BitConverter.SingleToUInt32Bits(value));

    /// <summary>The bytes, for messages and tests.</summary>
    public ulong ToBits() => _bits;
}
