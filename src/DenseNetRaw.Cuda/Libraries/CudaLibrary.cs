namespace DenseNetRaw.Cuda.Libraries;

/// <summary>A native library that the CUDA backend calls.</summary>
public enum CudaLibrary
{
    /// <summary>NVIDIA's driver library, libcuda: devices, memory, streams, kernels, graphs.</summary>
    Driver,

    /// <summary>cuBLAS: matrix products.</summary>
    Cublas,

    /// <summary>cuBLASLt: matrix products with a choice of algorithm; comes with cuBLAS.</summary>
    CublasLt,

    /// <summary>cuDNN: convolutions.</summary>
    Cudnn,

    /// <summary>NVRTC: the compiler of the kernels.</summary>
    Nvrtc,
}
