namespace DenseNetRaw.Training;

/// <summary>Stochastic gradient descent as in the paper, arXiv:1608.06993, section 4.2.</summary>
/// <param name="Momentum">Share of the last velocity that is kept.</param>
/// <param name="WeightDecay">Added to each gradient, times the weight; acts on all parameters.</param>
/// <param name="Nesterov">Whether the gradient is taken at the point that momentum leads to.</param>
public readonly record struct SgdSettings(double Momentum, double WeightDecay, bool Nesterov)
{
    /// <summary>Momentum 0.9, weight decay 1e-4, Nesterov.</summary>
    public static SgdSettings Paper => new(0.9, 1e-4, true);
}
