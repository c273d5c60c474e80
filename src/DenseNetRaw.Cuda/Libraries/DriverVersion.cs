using System.Globalization;

namespace DenseNetRaw.Cuda.Libraries;

/// <summary>The CUDA version that a driver runs.</summary>
/// <param name="Major">13 of 13.0.</param>
/// <param name="Minor">0 of 13.0.</param>
public readonly record struct DriverVersion(int Major, int Minor)
{
    /// <summary>The version that <c>cuDriverGetVersion</c> writes as 1000 · major + 10 · minor.</summary>
    public static DriverVersion FromNumber(int number) => new(number / 1000, number % 1000 / 10);

    /// <summary>As NVIDIA writes it: 13.0.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");
}
