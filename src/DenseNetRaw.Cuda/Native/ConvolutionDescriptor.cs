namespace DenseNetRaw.Cuda.Native;

/// <summary>Padding, stride, groups and arithmetic of a convolution, for cuDNN. Sums are float32.</summary>
internal sealed class ConvolutionDescriptor : CudaResource
{
    // What neural networks call convolution: the filter is not turned round (CUDNN_CROSS_CORRELATION).
    private const int CrossCorrelation = 1;

    private ConvolutionDescriptor(CudaContext context, nint value)
        : base(context, value)
    {
    }

    /// <summary>A convolution, alike in both directions.</summary>
    public static ConvolutionDescriptor Create(
        CudaContext context, int padding, int stride, CudnnMath math, int groups = 1)
    {
        CudaException.ThrowIfFailed(CudnnApi.cudnnCreateConvolutionDescriptor(out nint value));
        ConvolutionDescriptor descriptor = new(context, value);
        CudaException.ThrowIfFailed(CudnnApi.cudnnSetConvolution2dDescriptor(
            descriptor, padding, padding, stride, stride, 1, 1, CrossCorrelation, CudnnDataType.Float32));
        descriptor.SetMath(math);
        CudaException.ThrowIfFailed(CudnnApi.cudnnSetConvolutionGroupCount(descriptor, groups));
        return descriptor;
    }

    /// <summary>Which shortcuts are allowed.</summary>
    public void SetMath(CudnnMath math) =>
        CudaException.ThrowIfFailed(CudnnApi.cudnnSetConvolutionMathType(this, math));

    /// <inheritdoc/>
    protected override bool Free(nint value) =>
        CudnnApi.cudnnDestroyConvolutionDescriptor(value) == CudnnStatus.Success;
}
