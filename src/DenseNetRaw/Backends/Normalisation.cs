using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends;

/// <summary>The four vectors [1, C, 1, 1] of a batch normalisation, or their four gradients, and its epsilon.</summary>
/// <param name="Mean">Mean of each channel.</param>
/// <param name="Variance">Biased variance of each channel.</param>
/// <param name="Gamma">Scale.</param>
/// <param name="Beta">Shift.</param>
/// <param name="Epsilon">Added to the variance.</param>
public readonly record struct Normalisation(Tensor Mean, Tensor Variance, Tensor Gamma, Tensor Beta, double Epsilon);
