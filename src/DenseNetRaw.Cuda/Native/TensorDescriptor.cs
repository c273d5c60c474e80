namespace DenseNetRaw.Cuda.Native;

/// <summary>The shape and the strides of a tensor, for cuDNN.</summary>
internal sealed class TensorDescriptor : CudaResource
{
    private TensorDescriptor(CudaContext context, nint value)
        : base(context, value)
    {
    }

    /// <summary>
    /// Channels last: the strides are given one by one, because the format alone is not understood alike by all
    /// versions.
    /// </summary>
    /// <param name="context">Where it lives.</param>
    /// <param name="type">What the elements are.</param>
    /// <param name="n">Images.</param>
    /// <param name="c">Channels.</param>
    /// <param name="h">Rows.</param>
    /// <param name="w">Columns.</param>
    /// <param name="pitch">
    /// Elements from one pixel to the next; c for a packed tensor, the only kind that cuDNN documents for gradients.
    /// </param>
    public static TensorDescriptor Nhwc(
        CudaContext context, CudnnDataType type, int n, int c, int h, int w, int pitch)
    {
        CudaException.ThrowIfFailed(CudnnApi.cudnnCreateTensorDescriptor(out nint value));
        TensorDescriptor descriptor = new(context, value);
        CudaException.ThrowIfFailed(CudnnApi.cudnnSetTensor4dDescriptorEx(
            descriptor, type, n, c, h, w, checked(h * w * pitch), 1, w * pitch, pitch));
        return descriptor;
    }

    /// <inheritdoc/>
    protected override bool Free(nint value) => CudnnApi.cudnnDestroyTensorDescriptor(value) == CudnnStatus.Success;
}
