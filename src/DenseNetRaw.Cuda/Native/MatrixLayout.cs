namespace DenseNetRaw.Cuda.Native;

/// <summary>How a matrix of cuBLASLt lies in memory, column by column.</summary>
internal sealed class MatrixLayout : CudaResource
{
    private MatrixLayout(CudaContext context, nint value)
        : base(context, value)
    {
    }

    /// <summary>A matrix of so many rows and columns, as stored, before any transposition.</summary>
    public static MatrixLayout Create(
        CudaContext context, CudaDataType type, long rows, long columns, long leadingDimension)
    {
        CudaException.ThrowIfFailed(CublasLtApi.cublasLtMatrixLayoutCreate(
            out nint value, type, (ulong)rows, (ulong)columns, leadingDimension));
        return new MatrixLayout(context, value);
    }

    /// <inheritdoc/>
    protected override bool Free(nint value) =>
        CublasLtApi.cublasLtMatrixLayoutDestroy(value) == CublasStatus.Success;
}
