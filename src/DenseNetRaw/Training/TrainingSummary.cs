namespace DenseNetRaw.Training;

/// <summary>A run that is over.</summary>
/// <param name="Steps">Steps played.</param>
/// <param name="Last">The last epoch that was evaluated; null if the run was stopped before.</param>
/// <param name="Best">The epoch of the best test accuracy, the earliest of equals.</param>
/// <param name="IsStopped">Whether it was asked to stop before its end.</param>
/// <param name="Elapsed">Wall-clock time from the first step to the end.</param>
/// <param name="PeakBytes">The arena: the planned peak of every step.</param>
public sealed record TrainingSummary(
    long Steps, EpochReport? Last, EpochReport? Best, bool IsStopped, TimeSpan Elapsed, long PeakBytes);
