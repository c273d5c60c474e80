namespace DenseNetRaw.Training;

/// <summary>What a training step says of itself.</summary>
/// <param name="Step">Its number in the run, from 1.</param>
/// <param name="Epoch">Its epoch, from 1.</param>
/// <param name="StepInEpoch">Its number in the epoch, from 1.</param>
/// <param name="Result">Loss, correct images, images, gradient norm.</param>
/// <param name="LearningRate">The optimiser's step length.</param>
/// <param name="Milliseconds">Wall-clock time, waiting for the batch included.</param>
/// <param name="DataMilliseconds">Time waited for the batch.</param>
public readonly record struct StepReport(
    long Step,
    int Epoch,
    int StepInEpoch,
    StepResult Result,
    double LearningRate,
    double Milliseconds,
    double DataMilliseconds);
