namespace DenseNetRaw.Cuda.Native;

/// <summary>ReLU, for cuDNN.</summary>
internal sealed class ActivationDescriptor : CudaResource
{
    // CUDNN_ACTIVATION_RELU, and CUDNN_PROPAGATE_NAN as in our own.
    private const int Relu = 1;
    private const int PropagatesNan = 1;

    private ActivationDescriptor(CudaContext context, nint value)
        : base(context, value)
    {
    }

    /// <summary>The ReLU.</summary>
    public static ActivationDescriptor Create(CudaContext context)
    {
        CudaException.ThrowIfFailed(CudnnApi.cudnnCreateActivationDescriptor(out nint value));
        ActivationDescriptor descriptor = new(context, value);
        CudaException.ThrowIfFailed(
            CudnnApi.cudnnSetActivationDescriptor(descriptor, Relu, PropagatesNan, coefficient: 0));
        return descriptor;
    }

    /// <inheritdoc/>
    protected override bool Free(nint value) => CudnnApi.cudnnDestroyActivationDescriptor(value) == CudnnStatus.Success;
}
