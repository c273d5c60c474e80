namespace DenseNetRaw.Cuda.Native;

/// <summary>Work of a stream that was written down.</summary>
internal sealed unsafe class CudaGraph : CudaResource
{
    /// <summary>Takes over a captured graph.</summary>
    internal CudaGraph(CudaContext context, nint value)
        : base(context, value)
    {
    }

    /// <summary>How many kernels, copies and fills were written down.</summary>
    public long NodeCount()
    {
        nuint count = 0;
        CudaException.ThrowIfFailed(DriverApi.cuGraphGetNodes(this, null, ref count));
        return (long)count;
    }

    /// <summary>Makes the graph ready to run; it may be disposed of afterwards.</summary>
    public CudaGraphExecutable Instantiate(CudaContext context)
    {
        CudaException.ThrowIfFailed(DriverApi.cuGraphInstantiateWithFlags(out nint value, this, 0));
        return new CudaGraphExecutable(context, value);
    }

    /// <inheritdoc/>
    protected override bool Free(nint value) => DriverApi.cuGraphDestroy(value) == CuResult.Success;
}
