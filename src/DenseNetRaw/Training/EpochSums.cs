namespace DenseNetRaw.Training;

/// <summary>Sums over the steps of an epoch.</summary>
internal readonly record struct EpochSums(double LossSum, int Correct, int Images, double Milliseconds)
{
    /// <summary>Mean loss over the images.</summary>
    public double Loss => LossSum / Images;

    /// <summary>Share of the images classified correctly.</summary>
    public double Accuracy => (double)Correct / Images;

    /// <summary>Images over the time of the steps.</summary>
    public double ImagesPerSecond => Images / (Milliseconds / 1000);

    /// <summary>The sums with one more step.</summary>
    public EpochSums With(in StepReport step) => new(
        LossSum + (step.Result.Loss * step.Result.Images),
        Correct + step.Result.Correct,
        Images + step.Result.Images,
        Milliseconds + step.Milliseconds);
}
