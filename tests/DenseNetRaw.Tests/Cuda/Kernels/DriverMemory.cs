using DenseNetRaw.Backends;

namespace DenseNetRaw.Tests.Cuda.Kernels;

/// <summary>A block of the emulated device's memory.</summary>
internal sealed unsafe class DriverMemory : DeviceMemory
{
    private readonly Emulation _emulation;
    private bool _isFree;

    /// <summary>Allocates, and sets every byte to <paramref name="value"/>.</summary>
    public DriverMemory(Emulation emulation, long bytes, byte value)
        : base(Allocate(emulation, bytes), bytes)
    {
        _emulation = emulation;
        emulation.Check("cuMemsetD8Async", Address, value, (nint)bytes, 0);
        emulation.Check("cuStreamSynchronize", 0);
    }

    /// <summary>Memory with these bytes.</summary>
    public static DriverMemory Of(Emulation emulation, byte[] values)
    {
        DriverMemory memory = new(emulation, values.Length, 0);
        fixed (byte* from = values)
        {
            emulation.Check("cuMemcpyHtoD_v2", memory.Address, (nint)from, values.Length);
        }

        return memory;
    }

    /// <summary>What it holds.</summary>
    public byte[] Read()
    {
        byte[] values = new byte[Bytes];
        fixed (byte* to = values)
        {
            _emulation.Check("cuMemcpyDtoH_v2", (nint)to, Address, (nint)Bytes);
        }

        return values;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!_isFree)
        {
            _emulation.Call("cuMemFree_v2", Address);
            _isFree = true;
        }
    }

    private static nint Allocate(Emulation emulation, long bytes)
    {
        nint address;
        emulation.Check("cuMemAlloc_v2", (nint)(&address), (nint)bytes);
        return address;
    }
}
