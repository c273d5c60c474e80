namespace DenseNetRaw.Cuda.Native;

/// <summary>Properties of a device (CUdevice_attribute) that the code asks for.</summary>
internal enum DeviceAttribute
{
    MaximumThreadsPerBlock = 1,
    MaximumSharedBytesPerBlock = 8,
    WarpSize = 10,
    MultiprocessorCount = 16,
    L2CacheBytes = 38,
    MaximumThreadsPerMultiprocessor = 39,
    ComputeCapabilityMajor = 75,
    ComputeCapabilityMinor = 76,
    MaximumSharedBytesPerMultiprocessor = 81,
    MaximumSharedBytesPerBlockOnRequest = 97,
}
