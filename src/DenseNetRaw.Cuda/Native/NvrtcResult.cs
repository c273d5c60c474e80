namespace DenseNetRaw.Cuda.Native;

/// <summary>Results of NVRTC (nvrtcResult) that the code tells apart.</summary>
internal enum NvrtcResult
{
    Success = 0,
    Compilation = 6,
}
