namespace DenseNetRaw.Cuda.Native;

/// <summary>What the elements of a matrix are (cudaDataType_t).</summary>
internal enum CudaDataType
{
    Float32 = 0,
    BFloat16 = 14,
}
