namespace DenseNetRaw.Evaluation;

/// <summary>Thresholds and what they were fitted for.</summary>
/// <param name="Budget">Multiply-adds an image that they were to cost; null where only q was given.</param>
/// <param name="Q">Shares of the images ∝ q^k were to leave at exit k.</param>
/// <param name="Thresholds">The thresholds.</param>
public sealed record FittedThresholds(double? Budget, double Q, ExitThresholds Thresholds)
{
    /// <summary>Fits them for a budget.</summary>
    /// <param name="validation">What the exits say of images that the network was not trained on.</param>
    /// <param name="budget">Multiply-adds an image, on average.</param>
    /// <param name="multiplyAdds">Those of an image that leaves at each exit.</param>
    /// <exception cref="ArgumentException">The budget is below the first exit's or above the last's.</exception>
    public static FittedThresholds ForBudget(
        ExitAnswers validation, double budget, IReadOnlyList<long> multiplyAdds) =>
        ForQ(validation, ExitShares.QFor(budget, multiplyAdds)) with { Budget = budget };

    /// <summary>Fits them for one q.</summary>
    public static FittedThresholds ForQ(ExitAnswers validation, double q) =>
        new(null, q, ExitThresholds.Fit(validation, ExitShares.Of(q, validation.Exits)));
}
