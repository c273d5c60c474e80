namespace DenseNetRaw.Cuda.Native;

/// <summary>The shape of a filter, for cuDNN.</summary>
internal sealed class FilterDescriptor : CudaResource
{
    private FilterDescriptor(CudaContext context, nint value)
        : base(context, value)
    {
    }

    /// <summary>A filter [K, C, R, S]; with <see cref="CudnnFormat.Nhwc"/> its elements lie as [K, R, S, C].</summary>
    public static FilterDescriptor Create(
        CudaContext context, CudnnDataType type, CudnnFormat format, int k, int c, int r, int s)
    {
        CudaException.ThrowIfFailed(CudnnApi.cudnnCreateFilterDescriptor(out nint value));
        FilterDescriptor descriptor = new(context, value);
        CudaException.ThrowIfFailed(CudnnApi.cudnnSetFilter4dDescriptor(descriptor, type, format, k, c, r, s));
        return descriptor;
    }

    /// <inheritdoc/>
    protected override bool Free(nint value) => CudnnApi.cudnnDestroyFilterDescriptor(value) == CudnnStatus.Success;
}
