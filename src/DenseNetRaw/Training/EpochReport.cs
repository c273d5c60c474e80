using System.Text.Json.Serialization;

namespace DenseNetRaw.Training;

/// <summary>
/// What an epoch says of itself. Accuracies are shares from 0 to 1. The loss of a network with several exits is the
/// weighted sum of theirs, and the training loss has the heads' of deep supervision in it, which evaluation has not:
/// there the two losses are not to be compared.
/// </summary>
/// <param name="Epoch">Its number, from 1.</param>
/// <param name="LearningRate">The optimiser's step length.</param>
/// <param name="TrainLoss">Mean loss over the images, each as its step saw it.</param>
/// <param name="TrainAccuracy">Share classified correctly, each as its step saw it.</param>
/// <param name="TestLoss">Mean loss over the evaluation images after the epoch.</param>
/// <param name="TestAccuracy">Share of the evaluation images classified correctly.</param>
/// <param name="ImagesPerSecond">Training images over the time of the steps, evaluation left out.</param>
/// <param name="PeakBytes">The arena: the planned peak of every step.</param>
/// <param name="IsBest">Whether no epoch before had a test accuracy as high.</param>
public sealed record EpochReport(
    int Epoch,
    double LearningRate,
    double TrainLoss,
    double TrainAccuracy,
    double TestLoss,
    double TestAccuracy,
    double ImagesPerSecond,
    long PeakBytes,
    bool IsBest)
{
    /// <summary>
    /// Share of the evaluation images that each exit classifies correctly; null of a network with one exit, and where
    /// steps go on ahead of the host.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? TestExitAccuracies { get; init; }
}
