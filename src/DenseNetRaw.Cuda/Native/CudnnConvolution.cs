namespace DenseNetRaw.Cuda.Native;

/// <summary>The descriptors of one convolution: x [N, C, H, W], w [K, C, R, S], y [N, K, H', W'].</summary>
/// <param name="X">Of the input and its gradient.</param>
/// <param name="W">Of the filter and its gradient.</param>
/// <param name="Convolution">Of padding and stride.</param>
/// <param name="Y">Of the output and its gradient.</param>
internal sealed record CudnnConvolution(
    TensorDescriptor X, FilterDescriptor W, ConvolutionDescriptor Convolution, TensorDescriptor Y) : IDisposable
{
    /// <summary>Gives the descriptors back.</summary>
    public void Dispose()
    {
        X.Dispose();
        W.Dispose();
        Convolution.Dispose();
        Y.Dispose();
    }
}
