namespace DenseNetRaw.Evaluation;

/// <summary>What early exit with some thresholds comes to on a data set.</summary>
/// <param name="Budget">Multiply-adds an image that they were fitted for, or null.</param>
/// <param name="Q">Shares of the validation images ∝ q^k were to leave at exit k.</param>
/// <param name="Thresholds">Of all exits but the last; null where no image leaves.</param>
/// <param name="Shares">Share of the images that leave at each exit.</param>
/// <param name="Accuracy">Share whose exit classifies them correctly.</param>
/// <param name="MultiplyAdds">Multiply-adds an image, on average, simulated.</param>
/// <param name="MillisecondsPerImage">Measured time of batches with real early exit over their images; or null.</param>
/// <param name="ImagesPerSecond">Its inverse.</param>
/// <param name="TimeShare">That time over the one with all exits running.</param>
/// <param name="Differences">
/// How many measured images left at another exit, or with another class, than in the simulation: 0, unless a device
/// computes a smaller batch in another order.
/// </param>
public sealed record BudgetedExit(
    double? Budget, double Q, IReadOnlyList<double?> Thresholds, IReadOnlyList<double> Shares, double Accuracy,
    double MultiplyAdds, double? MillisecondsPerImage, double? ImagesPerSecond, double? TimeShare, int? Differences);
