namespace DenseNetRaw.Cuda.Native;

/// <summary>How products are taken and summed (cublasComputeType_t); sums are float32 in all.</summary>
internal enum CublasCompute
{
    /// <summary>float32 products of float32 elements, exact ones of bfloat16 elements.</summary>
    Float32 = 68,

    /// <summary>The same without any shortcut.</summary>
    Float32Pedantic = 69,

    /// <summary>TF32 products of float32 elements.</summary>
    Tf32 = 77,
}
