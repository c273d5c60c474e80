namespace DenseNetRaw.Evaluation;

/// <summary>A network whose images leave early, beside itself with all exits running.</summary>
/// <param name="AllExits">The last exit's accuracy, and cost and time of running all.</param>
/// <param name="Budgets">What early exit comes to with each of the thresholds.</param>
public sealed record BudgetedExits(BudgetedExits.Whole AllExits, IReadOnlyList<BudgetedExit> Budgets)
{
    /// <summary>A network with all exits running.</summary>
    /// <param name="Accuracy">The last exit's.</param>
    /// <param name="MultiplyAdds">Of an image.</param>
    /// <param name="MillisecondsPerImage">Measured time of batches over their images; null: not measured.</param>
    /// <param name="ImagesPerSecond">Its inverse.</param>
    public sealed record Whole(
        double Accuracy, long MultiplyAdds, double? MillisecondsPerImage, double? ImagesPerSecond);
}
