namespace DenseNetRaw.Cuda.Native;

/// <summary>How a matrix enters a product (cublasOperation_t).</summary>
internal enum CublasOperation
{
    AsIs = 0,
    Transposed = 1,
}
