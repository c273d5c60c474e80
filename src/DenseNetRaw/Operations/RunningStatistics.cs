using DenseNetRaw.Autograd;

namespace DenseNetRaw.Operations;

/// <summary>A layer's running mean and unbiased variance, which evaluation reads.</summary>
/// <param name="Mean">Running mean [1, C, 1, 1].</param>
/// <param name="Variance">Running unbiased variance [1, C, 1, 1].</param>
/// <param name="Momentum">Weight of each new batch.</param>
public sealed record RunningStatistics(Variable Mean, Variable Variance, double Momentum = 0.1);
