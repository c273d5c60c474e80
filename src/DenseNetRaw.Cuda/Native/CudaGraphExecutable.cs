namespace DenseNetRaw.Cuda.Native;

/// <summary>A graph that can be run again and again with one call.</summary>
internal sealed class CudaGraphExecutable : CudaResource
{
    /// <summary>Takes over an instantiated graph.</summary>
    internal CudaGraphExecutable(CudaContext context, nint value)
        : base(context, value)
    {
    }

    /// <summary>Brings what the graph needs to the device, so that the first launch is as fast as the others.</summary>
    public void Upload(CudaStream stream) => CudaException.ThrowIfFailed(DriverApi.cuGraphUpload(this, stream));

    /// <summary>Puts one run of the graph into a stream.</summary>
    public void Launch(CudaStream stream) => CudaException.ThrowIfFailed(DriverApi.cuGraphLaunch(this, stream));

    /// <inheritdoc/>
    protected override bool Free(nint value) => DriverApi.cuGraphExecDestroy(value) == CuResult.Success;
}
