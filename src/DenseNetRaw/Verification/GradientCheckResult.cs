
namespace DenseNetRaw.Verification;

/// <summary>What a gradient check of one graph found.</summary>
/// <param name="Name">The graph.</param>
/// <param name="Tensors">One entry for each input and parameter.</param>
public sealed record GradientCheckResult(string Name, IReadOnlyList<TensorError> Tensors)
{
    /// <summary>The largest relative L2 error of a tensor.</summary>
    public double MaxError => Tensors.Max(tensor => tensor.Error);

    /// <summary>Elements of all tensors.</summary>
    public int Coordinates => Tensors.Sum(tensor => tensor.Coordinates);

    /// <summary>Elements that were left out, because a ReLU or a maximum changed side.</summary>
    public int SkippedCoordinates => Tensors.Sum(tensor => tensor.SkippedCoordinates);

    /// <summary>Whether each tensor's error is at most 1e-6, and at most 1 % of the coordinates are left out.</summary>
    public bool Passes =>
        Tensors.All(tensor => tensor.Error <= GradientCheck.Tolerance)
        && SkippedCoordinates <= GradientCheck.SkippedShare * Coordinates;
}
