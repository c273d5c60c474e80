namespace DenseNetRaw.Cuda.Native;

/// <summary>cuBLAS on one stream. Not to be used by two threads at a time.</summary>
internal sealed class CublasHandle : CudaResource
{
    // On Ampere and newer all numbers of algorithms mean: choose by heuristics (CUBLAS_GEMM_DEFAULT).
    private const int AnyAlgorithm = -1;

    private CublasHandle(CudaContext context, nint value)
        : base(context, value)
    {
    }

    /// <summary>Starts cuBLAS on a stream.</summary>
    public static CublasHandle Create(CudaContext context, CudaStream stream)
    {
        CudaException.ThrowIfFailed(CublasApi.cublasCreate_v2(out nint value));
        CublasHandle handle = new(context, value);
        CudaException.ThrowIfFailed(CublasApi.cublasSetStream_v2(handle, stream));
        return handle;
    }

    /// <summary>Goes on in another stream; the workspace must be set again.</summary>
    public void SetStream(CudaStream stream) =>
        CudaException.ThrowIfFailed(CublasApi.cublasSetStream_v2(this, stream));

    /// <summary>
    /// Memory for sums of parts, at a multiple of 256: with one of its own no product allocates, and products repeat
    /// bit for bit in a captured graph.
    /// </summary>
    public void SetWorkspace(ulong address, long bytes) =>
        CudaException.ThrowIfFailed(CublasApi.cublasSetWorkspace_v2(this, address, (nuint)bytes));

    /// <summary>Which shortcuts are allowed.</summary>
    public void SetMath(CublasMath math) => CudaException.ThrowIfFailed(CublasApi.cublasSetMathMode(this, math));

    /// <summary>
    /// C = alpha · op(A) · op(B) + beta · C, column by column: op(A) is m × k, op(B) k × n, C m × n.
    /// A row-major product C[M, N] = A[M, K] · B[K, N] is this with the operands and the extents exchanged.
    /// </summary>
    public void Multiply(
        (Matrix Matrix, CublasOperation Operation) a,
        (Matrix Matrix, CublasOperation Operation) b,
        (int M, int N, int K) extents,
        float alpha,
        float beta,
        CublasCompute compute,
        Matrix c) => CudaException.ThrowIfFailed(CublasApi.cublasGemmEx(
            this, a.Operation, b.Operation, extents.M, extents.N, extents.K, alpha,
            a.Matrix.Address, a.Matrix.Type, a.Matrix.LeadingDimension,
            b.Matrix.Address, b.Matrix.Type, b.Matrix.LeadingDimension, beta,
            c.Address, c.Type, c.LeadingDimension, compute, AnyAlgorithm));

    /// <inheritdoc/>
    protected override bool Free(nint value) => CublasApi.cublasDestroy_v2(value) == CublasStatus.Success;
}
