using System.Text.Json.Serialization;

namespace DenseNetRaw.Training;

/// <summary>Sums over the steps of an epoch.</summary>
/// <param name="LossSum">Of each step the loss times the images.</param>
/// <param name="Correct">Images classified correctly.</param>
/// <param name="Images">Images in all.</param>
/// <param name="Milliseconds">Wall-clock time of the steps.</param>
public readonly record struct EpochSums(double LossSum, int Correct, int Images, double Milliseconds)
{
    /// <summary>Mean loss over the images.</summary>
    [JsonIgnore]
    public double Loss => LossSum / Images;

    /// <summary>Share of the images classified correctly.</summary>
    [JsonIgnore]
    public double Accuracy => (double)Correct / Images;

    /// <summary>Images over the time of the steps.</summary>
    [JsonIgnore]
    public double ImagesPerSecond => Images / (Milliseconds / 1000);

    /// <summary>The sums with one more step.</summary>
    public EpochSums With(in StepReport step) => new(
        LossSum + (step.Result.Loss * step.Result.Images),
        Correct + step.Result.Correct,
        Images + step.Result.Images,
        Milliseconds + step.Milliseconds);
}
