using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends;

/// <summary>Where a step takes its batch from, and where it leaves what it has to say.</summary>
/// <param name="Images">[N, 3, H, W], normalised.</param>
/// <param name="Labels">[N, 1, 1, 1].</param>
/// <param name="Loss">Mean over the batch.</param>
/// <param name="Correct">Images classified correctly.</param>
/// <param name="Squares">Sum of the squares of all parameters' gradients; null where none are computed.</param>
public readonly record struct StepEnds(
    Tensor Images, Tensor Labels, Tensor Loss, Tensor Correct, Tensor? Squares = null);
