namespace DenseNetRaw.Cuda.Native;

/// <summary>cuBLASLt: matrix products whose algorithm is chosen once and then repeated.</summary>
internal sealed unsafe class CublasLtHandle : CudaResource
{
    private CublasLtHandle(CudaContext context, nint value)
        : base(context, value)
    {
    }

    /// <summary>Starts cuBLASLt.</summary>
    public static CublasLtHandle Create(CudaContext context)
    {
        CudaException.ThrowIfFailed(CublasLtApi.cublasLtCreate(out nint value));
        return new CublasLtHandle(context, value);
    }

    /// <summary>
    /// Ways to take the product D = alpha · op(A) · op(B) + beta · C, the one expected to be fastest first. C has D's
    /// layout.
    /// </summary>
    /// <param name="operation">The product.</param>
    /// <param name="a">Of A.</param>
    /// <param name="b">Of B.</param>
    /// <param name="d">Of C and D.</param>
    /// <param name="preference">What a way may need.</param>
    /// <param name="results">Is filled from the beginning.</param>
    /// <returns>How many ways there are, at most as many as <paramref name="results"/> has places.</returns>
    public int Propose(
        MatmulOperation operation,
        MatrixLayout a,
        MatrixLayout b,
        MatrixLayout d,
        MatmulPreference preference,
        Span<MatmulHeuristic> results)
    {
        fixed (MatmulHeuristic* first = results)
        {
            CublasStatus status = CublasLtApi.cublasLtMatmulAlgoGetHeuristic(
                this, operation, a, b, d, d, preference, results.Length, first, out int count);
            if (status == CublasStatus.NotSupported)
            {
                return 0;
            }

            CudaException.ThrowIfFailed(status, nameof(CublasLtApi.cublasLtMatmulAlgoGetHeuristic));
            return count;
        }
    }

    /// <summary>D = alpha · op(A) · op(B) + beta · D.</summary>
    public void Multiply(
        MatmulOperation operation,
        (ulong Address, MatrixLayout Layout) a,
        (ulong Address, MatrixLayout Layout) b,
        float alpha,
        float beta,
        in MatmulAlgorithm algorithm,
        (ulong Address, long Bytes) workspace,
        CudaStream stream,
        (ulong Address, MatrixLayout Layout) d) => CudaException.ThrowIfFailed(CublasLtApi.cublasLtMatmul(
            this, operation, alpha, a.Address, a.Layout, b.Address, b.Layout, beta, d.Address, d.Layout,
            d.Address, d.Layout, algorithm, workspace.Address, (nuint)workspace.Bytes, stream));

    /// <inheritdoc/>
    protected override bool Free(nint value) => CublasLtApi.cublasLtDestroy(value) == CublasStatus.Success;
}
