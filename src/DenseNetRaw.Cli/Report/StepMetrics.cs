using System.Text.Json.Serialization;

namespace DenseNetRaw.Cli.Report;

/// <summary>A line of <c>metrics.jsonl</c> that a step left.</summary>
/// <param name="Step">Its number in the run, from 1.</param>
/// <param name="Epoch">Its epoch, from 1.</param>
/// <param name="Loss">Mean over the batch.</param>
/// <param name="LearningRate">The optimiser's step length.</param>
/// <param name="Milliseconds">Wall-clock time.</param>
internal sealed record StepMetrics(
    long Step, int Epoch, double Loss, [property: JsonPropertyName("lr")] double LearningRate, double Milliseconds);
