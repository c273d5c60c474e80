namespace DenseNetRaw.Cuda;

/// <summary>
/// In what the device stores features and multiplies. Parameters, their gradients, momentum, channel vectors and
/// statistics are float32 in all three, and every sum is taken in float32.
/// </summary>
public enum CudaPrecision
{
    /// <summary>float32 throughout, by fused multiply-adds.</summary>
    Fp32,

    /// <summary>float32 in memory; products of operands rounded to 10 bits of mantissa, on tensor cores.</summary>
    Tf32,

    /// <summary>Features and their gradients in bfloat16, 7 bits of mantissa; products on tensor cores.</summary>
    Bf16,
}
