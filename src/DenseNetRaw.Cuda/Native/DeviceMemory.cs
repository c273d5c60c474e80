namespace DenseNetRaw.Cuda.Native;

/// <summary>An allocation in the device's memory; its content is undefined at first.</summary>
internal sealed class DeviceMemory : CudaResource
{
    private DeviceMemory(CudaContext context, ulong address, long bytes)
        : base(context, (nint)address)
    {
        Bytes = bytes;
    }

    /// <summary>Where it begins: a multiple of 256.</summary>
    public ulong Address => (ulong)handle;

    /// <summary>How long it is.</summary>
    public long Bytes { get; }

    /// <summary>A new allocation.</summary>
    /// <exception cref="InsufficientMemoryException">
    /// The device has not that much left; both numbers are in the message.
    /// </exception>
    public static DeviceMemory Allocate(CudaContext context, long bytes)
    {
        CuResult result = DriverApi.cuMemAlloc_v2(out ulong address, (nuint)bytes);
        if (result == CuResult.OutOfMemory)
        {
            throw new InsufficientMemoryException(
                $"{context.Device.Name} has {context.FreeBytes()} bytes of memory left, {bytes} are needed");
        }

        CudaException.ThrowIfFailed(result, call: nameof(DriverApi.cuMemAlloc_v2));
        return new DeviceMemory(context, address, bytes);
    }

    /// <inheritdoc/>
    protected override bool Free(nint value) => DriverApi.cuMemFree_v2((ulong)value) == CuResult.Success;
}
