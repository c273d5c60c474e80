namespace DenseNetRaw.Cuda.Native;

/// <summary>
/// The descriptors of one convolution, alike in both directions, of packed tensors with their channels last:
/// x [N, C, H, W], w [K, C, R, S], y [N, K, H', W'] with H' = ⌊(H + 2 · padding − R) / stride⌋ + 1.
/// </summary>
internal sealed class CudnnConvolution : IDisposable
{
    /// <summary>Describes a convolution.</summary>
    /// <param name="context">Where the descriptors live.</param>
    /// <param name="type">What the elements of all three are.</param>
    /// <param name="math">Which shortcuts are allowed.</param>
    /// <param name="x">The input's extents.</param>
    /// <param name="w">The filter's extents; it lies as [K, R, S, C].</param>
    /// <param name="padding">Zeros around the input, on each side.</param>
    /// <param name="stride">Pixels of the input from one pixel of the output to the next.</param>
    public CudnnConvolution(
        CudaContext context,
        CudnnDataType type,
        CudnnMath math,
        (int N, int C, int H, int W) x,
        (int K, int R, int S) w,
        int padding,
        int stride)
    {
        int height = ((x.H + (2 * padding) - w.R) / stride) + 1;
        int width = ((x.W + (2 * padding) - w.S) / stride) + 1;
        X = TensorDescriptor.Nhwc(context, type, x.N, x.C, x.H, x.W, x.C);
        W = FilterDescriptor.Create(context, type, CudnnFormat.Nhwc, w.K, x.C, w.R, w.S);
        Y = TensorDescriptor.Nhwc(context, type, x.N, w.K, height, width, w.K);
        Convolution = ConvolutionDescriptor.Create(context, padding, stride, math);
    }

    /// <summary>Of the input and its gradient.</summary>
    public TensorDescriptor X { get; }

    /// <summary>Of the filter and its gradient.</summary>
    public FilterDescriptor W { get; }

    /// <summary>Of the output and its gradient.</summary>
    public TensorDescriptor Y { get; }

    /// <summary>Of padding, stride and arithmetic.</summary>
    public ConvolutionDescriptor Convolution { get; }

    /// <summary>Gives the descriptors back.</summary>
    public void Dispose()
    {
        X.Dispose();
        W.Dispose();
        Y.Dispose();
        Convolution.Dispose();
    }
}
