namespace DenseNetRaw.Cuda.Native;

/// <summary>
/// Host memory that stays where it is, so that the device copies from it and to it while the host goes on.
/// </summary>
internal sealed unsafe class PinnedMemory : CudaResource
{
    // Every context of the process may use it.
    private const uint Portable = 1;

    private PinnedMemory(CudaContext context, nint pointer, long bytes)
        : base(context, pointer)
    {
        Bytes = bytes;
    }

    /// <summary>Where it begins.</summary>
    public nint Pointer => handle;

    /// <summary>How long it is.</summary>
    public long Bytes { get; }

    /// <summary>A new allocation.</summary>
    /// <exception cref="InsufficientMemoryException">The host has not that much left to be pinned.</exception>
    public static PinnedMemory Allocate(CudaContext context, long bytes)
    {
        CuResult result = DriverApi.cuMemHostAlloc(out nint pointer, (nuint)bytes, Portable);
        if (result == CuResult.OutOfMemory)
        {
            throw new InsufficientMemoryException(
                $"the driver refused to pin {bytes} bytes of the host's memory, which {context.Device.Name} reads");
        }

        CudaException.ThrowIfFailed(result, call: nameof(DriverApi.cuMemHostAlloc));
        return new PinnedMemory(context, pointer, bytes);
    }

    /// <summary>The memory as elements; valid until it is disposed of.</summary>
    /// <typeparam name="T">What it holds.</typeparam>
    public Span<T> AsSpan<T>()
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        return new Span<T>((void*)handle, checked((int)(Bytes / sizeof(T))));
    }

    /// <inheritdoc/>
    protected override bool Free(nint value) => DriverApi.cuMemFreeHost(value) == CuResult.Success;
}
