using System.Globalization;

namespace DenseNetRaw.Cuda.Native;

/// <summary>The generation of a GPU's instructions: 9.0 is Hopper.</summary>
/// <param name="Major">9 of 9.0.</param>
/// <param name="Minor">0 of 9.0.</param>
public readonly record struct ComputeCapability(int Major, int Minor)
{
    /// <summary>As the compiler counts it: 90.</summary>
    public int Number => (10 * Major) + Minor;

    /// <summary>As NVIDIA writes it: 9.0.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");
}
