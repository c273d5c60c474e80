namespace DenseNetRaw.Cuda.Native;

/// <summary>A queue of work for the device, done in order.</summary>
internal sealed unsafe class CudaStream : CudaResource
{
    // The legacy default stream waits for all others and cannot be captured.
    private const uint NonBlocking = 1;

    private CudaStream(CudaContext context, nint value)
        : base(context, value)
    {
    }

    /// <summary>A new stream, which does not wait for the default stream.</summary>
    public static CudaStream Create(CudaContext context)
    {
        CudaException.ThrowIfFailed(DriverApi.cuStreamCreate(out nint value, NonBlocking));
        return new CudaStream(context, value);
    }

    /// <summary>Waits until all work of the stream is done.</summary>
    public void Synchronize() => CudaException.ThrowIfFailed(DriverApi.cuStreamSynchronize(this));

    /// <summary>Whether all work of the stream is done.</summary>
    public bool IsIdle()
    {
        CuResult result = DriverApi.cuStreamQuery(this);
        if (result == CuResult.NotReady)
        {
            return false;
        }

        CudaException.ThrowIfFailed(result, call: nameof(DriverApi.cuStreamQuery));
        return true;
    }

    /// <summary>Later work of this stream begins when <paramref name="waited"/> has been reached.</summary>
    public void WaitFor(CudaEvent waited) => CudaException.ThrowIfFailed(DriverApi.cuStreamWaitEvent(this, waited, 0));

    /// <summary>
    /// Copies from host memory, which must be pinned and stay untouched until the stream has got there.
    /// </summary>
    public void CopyToDevice(nint source, ulong target, long bytes) =>
        CudaException.ThrowIfFailed(DriverApi.cuMemcpyHtoDAsync_v2(target, (void*)source, (nuint)bytes, this));

    /// <summary>
    /// Copies to host memory, which must be pinned and holds the values when the stream has got there.
    /// </summary>
    public void CopyToHost(ulong source, nint target, long bytes) =>
        CudaException.ThrowIfFailed(DriverApi.cuMemcpyDtoHAsync_v2((void*)target, source, (nuint)bytes, this));

    /// <summary>Copies within the device; the two must not overlap.</summary>
    public void Copy(ulong source, ulong target, long bytes) =>
        CudaException.ThrowIfFailed(DriverApi.cuMemcpyDtoDAsync_v2(target, source, (nuint)bytes, this));

    /// <summary>Fills memory of the device with one byte.</summary>
    public void Fill(byte value, ulong target, long bytes) =>
        CudaException.ThrowIfFailed(DriverApi.cuMemsetD8Async(target, value, (nuint)bytes, this));

    /// <summary>Fills memory of the device with 32-bit words, at a multiple of 4.</summary>
    public void FillWords(uint value, ulong target, long count) =>
        CudaException.ThrowIfFailed(DriverApi.cuMemsetD32Async(target, value, (nuint)count, this));

    /// <summary>
    /// From here on work is not done but written down, until <see cref="EndCapture"/>. Waiting, allocating and
    /// anything else that is not work of a stream is refused meanwhile.
    /// </summary>
    public void BeginCapture() =>
        CudaException.ThrowIfFailed(DriverApi.cuStreamBeginCapture_v2(this, CaptureMode.ThreadLocal));

    /// <summary>What was written down since <see cref="BeginCapture"/>.</summary>
    public CudaGraph EndCapture(CudaContext context)
    {
        CudaException.ThrowIfFailed(DriverApi.cuStreamEndCapture(this, out nint graph));
        return new CudaGraph(context, graph);
    }

    /// <summary>Forgets what was written down since <see cref="BeginCapture"/>, whole or not.</summary>
    public void AbandonCapture()
    {
        if (DriverApi.cuStreamEndCapture(this, out nint graph) == CuResult.Success)
        {
            _ = DriverApi.cuGraphDestroy(graph);
        }
    }

    /// <inheritdoc/>
    protected override bool Free(nint value) => DriverApi.cuStreamDestroy_v2(value) == CuResult.Success;
}
