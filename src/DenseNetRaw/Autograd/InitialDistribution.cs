using DenseNetRaw.RandomNumbers;

namespace DenseNetRaw.Autograd;

/// <summary>
/// Where a parameter's first values are drawn from: Mean + Deviation · standard normal, + Bound · uniform on [−1, 1].
/// </summary>
/// <param name="Mean">The constant part.</param>
/// <param name="Deviation">Standard deviation of the normal part.</param>
/// <param name="Bound">Half width of the uniform part.</param>
public readonly record struct InitialDistribution(double Mean, double Deviation = 0, double Bound = 0)
{
    /// <summary>
    /// He et al. 2015, arXiv:1502.01852, equation 14: deviation √(2 / (R·S·K)), the fan-out form, for weights
    /// [K, C, R, S].
    /// </summary>
    public static InitialDistribution He(Shape weight) => new(0, Math.Sqrt(2.0 / ((double)weight.N * weight.Plane)));

    /// <summary>Uniform on ±1/√C, Torch's default for linear layers of C inputs.</summary>
    public static InitialDistribution Linear(int inputs) => new(0, 0, 1 / Math.Sqrt(inputs));

    /// <summary>Draws one value an element, a function of seed, stream and the element's index alone.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="stream">The parameter's ordinal in the model.</param>
    /// <param name="values">Receives the values.</param>
    public void Draw(ulong seed, uint stream, Span<double> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            (uint x, uint y, uint z, _) = Philox.Draw(seed, (ulong)i, stream, step: 0);
            double normal = Math.Sqrt(-2 * Math.Log(1 - Philox.ToUnit(x))) * Math.Cos(2 * Math.PI * Philox.ToUnit(y));
            values[i] = Mean + (Deviation * normal) + (Bound * ((2 * Philox.ToUnit(z)) - 1));
        }
    }
}
