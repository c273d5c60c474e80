namespace DenseNetRaw.Cuda.Native;

/// <summary>Which shortcuts cuBLAS may take (cublasMath_t).</summary>
internal enum CublasMath
{
    /// <summary>As the compute type says; float32 products are exact to float32.</summary>
    Default = 0,

    /// <summary>No shortcut at all.</summary>
    Pedantic = 2,

    /// <summary>float32 products may be TF32.</summary>
    Tf32 = 3,

    /// <summary>As the default, but sums of parts stay float32 where results are narrower.</summary>
    Float32Sums = 16,
}
