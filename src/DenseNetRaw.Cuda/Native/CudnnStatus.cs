namespace DenseNetRaw.Cuda.Native;

/// <summary>Results of cuDNN (cudnnStatus_t). All but success differ between versions 8 and 9.</summary>
internal enum CudnnStatus
{
    Success = 0,
}
