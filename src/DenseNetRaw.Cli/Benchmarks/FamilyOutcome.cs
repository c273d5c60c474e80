namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>What <c>train --json</c> says at its end, as far as <c>bench family</c> reads it.</summary>
/// <param name="Stopped">Whether it was asked to stop before its end.</param>
/// <param name="Steps">Steps played.</param>
/// <param name="Epochs">Epochs evaluated.</param>
/// <param name="Seconds">Time from the first step of each of its processes to the end.</param>
/// <param name="PeakBytes">The arena: the planned peak of every step.</param>
/// <param name="StateBytes">Parameters, gradients, momentum, running statistics.</param>
/// <param name="ProcessPeakBytes">The most memory that one of its processes has had resident.</param>
internal sealed record FamilyOutcome(
    bool Stopped, long Steps, int Epochs, double Seconds, long PeakBytes, long StateBytes, long ProcessPeakBytes);
