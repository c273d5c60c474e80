using DenseNetRaw.Memory;
using DenseNetRaw.Models;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>What <c>bench memory</c> measures.</summary>
internal sealed record MemoryBenchSettings
{
    /// <summary>Channels that each layer adds, k, of the networks whose depth is swept.</summary>
    public required int GrowthRate { get; init; }

    /// <summary>Images in a step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Depths that are planned, rising.</summary>
    public required IReadOnlyList<int> Depths { get; init; }

    /// <summary>Those of them whose step is played and its memory measured, if it fits the machine.</summary>
    public required IReadOnlyList<int> MeasuredDepths { get; init; }

    /// <summary>The strategies; times are relative to the first.</summary>
    public required IReadOnlyList<MemoryStrategy> Strategies { get; init; }

    /// <summary>The model whose step is timed.</summary>
    public required DenseNetConfiguration TimedModel { get; init; }

    /// <summary>Steps of every strategy that are timed.</summary>
    public required int Rounds { get; init; }

    /// <summary>The DenseNet-BC of a depth of the sweep.</summary>
    /// <exception cref="ArgumentException">There is none of that depth.</exception>
    public DenseNetConfiguration ModelOf(int depth) => DenseNetConfiguration.Named($"densenet-bc-{depth}-{GrowthRate}");
}
