namespace DenseNetRaw.Cuda.Native;

/// <summary>Which shortcuts a convolution may take (cudnnMathType_t).</summary>
internal enum CudnnMath
{
    /// <summary>On Ampere and newer this allows TF32 for float32 tensors.</summary>
    Default = 0,

    /// <summary>Tensor cores, which on Ampere and newer is the same.</summary>
    TensorCores = 1,

    /// <summary>Tensor cores, and float32 operands may be rounded to half precision.</summary>
    TensorCoresWithConversion = 2,

    /// <summary>Fused multiply-adds of float32 only.</summary>
    FusedMultiplyAdd = 3,
}
