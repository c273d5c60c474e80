using System.Text.Json.Serialization;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>All that <c>bench memory</c> found: the JSON document that it prints and writes.</summary>
/// <param name="Date">The day, as in the names of the files.</param>
/// <param name="Commit">What was built, if known.</param>
/// <param name="Command">The command line.</param>
/// <param name="Machine">Processor, cores, memory, system and runtime.</param>
/// <param name="LoadAverage">Linux's load averages before it began; null elsewhere.</param>
/// <param name="GrowthRate">Of the networks whose depth is swept.</param>
/// <param name="Results">Memory of each depth and strategy.</param>
/// <param name="Exponents">How memory grows with depth.</param>
/// <param name="Times">Time of a step of each strategy.</param>
internal sealed record MemoryBenchResults(
    string Date,
    string? Commit,
    string Command,
    string Machine,
    IReadOnlyList<double>? LoadAverage,
    int GrowthRate,
    IReadOnlyList<DepthResult> Results,
    IReadOnlyList<DepthExponent> Exponents,
    IReadOnlyList<TimeResult> Times)
{
    /// <summary>Whether the sweep is that of the published figures.</summary>
    [JsonIgnore]
    public bool IsSweepPublished => GrowthRate == 12 && Results[0].BatchSize == 64;

    /// <summary>Whether the timed step is that of the published figures.</summary>
    [JsonIgnore]
    public bool IsTimePublished =>
        Times[0] is { Model: "densenet-bc-100-12", BatchSize: 64, RelativeTo: "naive", Ratio: 1 };
}
