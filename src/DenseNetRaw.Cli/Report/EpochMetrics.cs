using System.Text.Json.Serialization;

namespace DenseNetRaw.Cli.Report;

/// <summary>A line of <c>metrics.jsonl</c> that an epoch left. Accuracies are shares from 0 to 1.</summary>
/// <param name="Epoch">Its number, from 1.</param>
/// <param name="TrainLoss">Mean loss over the training images, each as its step saw it.</param>
/// <param name="TrainAccuracy">Share classified correctly, each as its step saw it.</param>
/// <param name="TestLoss">Mean loss over the evaluation images after the epoch.</param>
/// <param name="TestAccuracy">Share of the evaluation images classified correctly.</param>
/// <param name="ImagesPerSecond">Training images over the time of the steps.</param>
/// <param name="PeakBytes">The arena.</param>
internal sealed record EpochMetrics(
    int Epoch,
    double TrainLoss,
    double TrainAccuracy,
    double TestLoss,
    double TestAccuracy,
    double ImagesPerSecond,
    long PeakBytes)
{
    /// <summary>
    /// Share of the evaluation images that each exit classified correctly; null of a network with one exit, and where
    /// the device did not count them.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? TestExitAccuracies { get; init; }

    /// <summary>Share of the training images that were wrong.</summary>
    public double TrainError => 1 - TrainAccuracy;

    /// <summary>Share of the evaluation images that are wrong.</summary>
    public double TestError => 1 - TestAccuracy;

    /// <summary>Share of the evaluation images that an exit has wrong, counted from 0; null where not known.</summary>
    public double? TestErrorOfExit(int exit) => exit < TestExitAccuracies?.Count ? 1 - TestExitAccuracies[exit] : null;
}
