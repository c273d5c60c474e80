namespace DenseNetRaw.Cuda.Native;

/// <summary>What cuBLASLt is to compute: op(A) · op(B), and how.</summary>
internal sealed unsafe class MatmulOperation : CudaResource
{
    private const int TransposeA = 3;
    private const int TransposeB = 4;

    private MatmulOperation(CudaContext context, nint value)
        : base(context, value)
    {
    }

    /// <summary>A product; alpha and beta are float32.</summary>
    public static MatmulOperation Create(
        CudaContext context, CublasOperation operationA, CublasOperation operationB, CublasCompute compute)
    {
        CudaException.ThrowIfFailed(
            CublasLtApi.cublasLtMatmulDescCreate(out nint value, compute, CudaDataType.Float32));
        MatmulOperation operation = new(context, value);
        operation.Set(TransposeA, operationA);
        operation.Set(TransposeB, operationB);
        return operation;
    }

    /// <inheritdoc/>
    protected override bool Free(nint value) => CublasLtApi.cublasLtMatmulDescDestroy(value) == CublasStatus.Success;

    private void Set(int attribute, CublasOperation value) => CudaException.ThrowIfFailed(
        CublasLtApi.cublasLtMatmulDescSetAttribute(this, attribute, &value, sizeof(CublasOperation)));
}
