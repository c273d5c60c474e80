namespace DenseNetRaw.Cuda.Native;

/// <summary>What the elements of a tensor are (cudnnDataType_t).</summary>
internal enum CudnnDataType
{
    Float32 = 0,
    BFloat16 = 9,
}
