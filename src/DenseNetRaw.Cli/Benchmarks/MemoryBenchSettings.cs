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

    /// <summary>The networks that are planned, by rising depth.</summary>
    public required IReadOnlyList<(int Depth, ModelConfiguration Model)> Networks { get; init; }

    /// <summary>Depths whose step is played and its memory measured, if it fits the machine.</summary>
    public required IReadOnlyList<int> MeasuredDepths { get; init; }

    /// <summary>The strategies; times are relative to the first.</summary>
    public required IReadOnlyList<MemoryStrategy> Strategies { get; init; }

    /// <summary>The model whose step is timed.</summary>
    public required ModelConfiguration TimedModel { get; init; }

    /// <summary>Steps of every strategy that are timed.</summary>
    public required int Rounds { get; init; }

    /// <summary>The DenseNet-BCs of the depths, in rising order.</summary>
    /// <exception cref="ArgumentException">There is none of a depth, or it is too wide.</exception>
    public static IReadOnlyList<(int Depth, ModelConfiguration Model)> NetworksOf(
        int growthRate, IEnumerable<int> depths) =>
        [.. depths.Distinct().Order().Select(depth => (depth, NetworkOf(growthRate, depth)))];

    private static ModelConfiguration NetworkOf(int growthRate, int depth)
    {
        ModelConfiguration network = ModelConfiguration.Named($"densenet-bc-{depth}-{growthRate}");
        network.Validate();
        return network;
    }
}
