namespace DenseNetRaw.Cuda.Native;

/// <summary>cuDNN on one stream. Not to be used by two threads at a time.</summary>
internal sealed unsafe class CudnnHandle : CudaResource
{
    private CudnnHandle(CudaContext context, nint value)
        : base(context, value)
    {
    }

    /// <summary>Starts cuDNN on a stream.</summary>
    public static CudnnHandle Create(CudaContext context, CudaStream stream)
    {
        CudaException.ThrowIfFailed(CudnnApi.cudnnCreate(out nint value));
        CudnnHandle handle = new(context, value);
        handle.SetStream(stream);
        return handle;
    }

    /// <summary>Goes on in another stream.</summary>
    public void SetStream(CudaStream stream) => CudaException.ThrowIfFailed(CudnnApi.cudnnSetStream(this, stream));

    /// <summary>Ways to compute y, the one expected to be fastest first. Those that fail are listed too.</summary>
    /// <returns>How many there are, at most as many as <paramref name="results"/> has places.</returns>
    public int ProposeForward(CudnnConvolution shapes, Span<CudnnAlgorithm> results)
    {
        fixed (CudnnAlgorithm* first = results)
        {
            CudaException.ThrowIfFailed(CudnnApi.cudnnGetConvolutionForwardAlgorithm_v7(
                this, shapes.X, shapes.W, shapes.Convolution, shapes.Y, results.Length, out int count, first));
            return count;
        }
    }

    /// <summary>Ways to compute dx, likewise.</summary>
    public int ProposeBackwardData(CudnnConvolution shapes, Span<CudnnAlgorithm> results)
    {
        fixed (CudnnAlgorithm* first = results)
        {
            CudaException.ThrowIfFailed(CudnnApi.cudnnGetConvolutionBackwardDataAlgorithm_v7(
                this, shapes.W, shapes.Y, shapes.Convolution, shapes.X, results.Length, out int count, first));
            return count;
        }
    }

    /// <summary>Ways to compute dw, likewise.</summary>
    public int ProposeBackwardFilter(CudnnConvolution shapes, Span<CudnnAlgorithm> results)
    {
        fixed (CudnnAlgorithm* first = results)
        {
            CudaException.ThrowIfFailed(CudnnApi.cudnnGetConvolutionBackwardFilterAlgorithm_v7(
                this, shapes.X, shapes.Y, shapes.Convolution, shapes.W, results.Length, out int count, first));
            return count;
        }
    }

    /// <summary>
    /// Bytes of workspace that a way to compute y needs; null where it does not work for these shapes.
    /// </summary>
    public long? ForwardWorkspaceBytes(CudnnConvolution shapes, int algorithm) =>
        BytesUnlessRefused(CudnnApi.cudnnGetConvolutionForwardWorkspaceSize(
            this, shapes.X, shapes.W, shapes.Convolution, shapes.Y, algorithm, out nuint bytes), bytes);

    /// <summary>Bytes of workspace that a way to compute dx needs, likewise.</summary>
    public long? BackwardDataWorkspaceBytes(CudnnConvolution shapes, int algorithm) =>
        BytesUnlessRefused(CudnnApi.cudnnGetConvolutionBackwardDataWorkspaceSize(
            this, shapes.W, shapes.Y, shapes.Convolution, shapes.X, algorithm, out nuint bytes), bytes);

    /// <summary>Bytes of workspace that a way to compute dw needs, likewise.</summary>
    public long? BackwardFilterWorkspaceBytes(CudnnConvolution shapes, int algorithm) =>
        BytesUnlessRefused(CudnnApi.cudnnGetConvolutionBackwardFilterWorkspaceSize(
            this, shapes.X, shapes.Y, shapes.Convolution, shapes.W, algorithm, out nuint bytes), bytes);

    /// <summary>y = x ∗ w + beta · y.</summary>
    public void Forward(
        CudnnConvolution shapes,
        ulong x,
        ulong w,
        int algorithm,
        (ulong Address, long Bytes) workspace,
        float beta,
        ulong y) => CudaException.ThrowIfFailed(CudnnApi.cudnnConvolutionForward(
            this, 1f, shapes.X, x, shapes.W, w, shapes.Convolution, algorithm, workspace.Address,
            (nuint)workspace.Bytes, beta, shapes.Y, y));

    /// <summary>dx = gradient of the input + beta · dx.</summary>
    public void BackwardData(
        CudnnConvolution shapes,
        ulong w,
        ulong dy,
        int algorithm,
        (ulong Address, long Bytes) workspace,
        float beta,
        ulong dx) => CudaException.ThrowIfFailed(CudnnApi.cudnnConvolutionBackwardData(
            this, 1f, shapes.W, w, shapes.Y, dy, shapes.Convolution, algorithm, workspace.Address,
            (nuint)workspace.Bytes, beta, shapes.X, dx));

    /// <summary>dw = gradient of the filter + beta · dw.</summary>
    public void BackwardFilter(
        CudnnConvolution shapes,
        ulong x,
        ulong dy,
        int algorithm,
        (ulong Address, long Bytes) workspace,
        float beta,
        ulong dw) => CudaException.ThrowIfFailed(CudnnApi.cudnnConvolutionBackwardFilter(
            this, 1f, shapes.X, x, shapes.Y, dy, shapes.Convolution, algorithm, workspace.Address,
            (nuint)workspace.Bytes, beta, shapes.W, dw));

    /// <inheritdoc/>
    protected override bool Free(nint value) => CudnnApi.cudnnDestroy(value) == CudnnStatus.Success;

    private static long? BytesUnlessRefused(CudnnStatus status, nuint bytes) =>
        status == CudnnStatus.Success ? (long)bytes : null;
}
