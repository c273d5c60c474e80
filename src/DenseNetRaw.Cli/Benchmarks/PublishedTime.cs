namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>A published time of a training step: DenseNet-BC-100-12, batch 64.</summary>
/// <param name="Framework">The framework that was measured.</param>
/// <param name="Memory">The strategy of ours that keeps the same.</param>
/// <param name="Seconds">A step.</param>
internal sealed record PublishedTime(string Framework, string Memory, double Seconds)
{
    /// <summary>What it was measured on.</summary>
    public const string Processor = "Titan X, Maxwell";

    /// <summary>The time that the others are relative to: Lua Torch's <c>naive</c>; PyTorch has none.</summary>
    public const double NaiveSeconds = 0.153;

    /// <summary>
    /// Pleiss et al. 2017, arXiv:1707.06990, figure 5; for <c>shared-concat</c>, which it leaves out, level 3 of
    /// <c>optMemory</c> in models/README.md of liuzhuang13/DenseNet, whose other levels are the same numbers.
    /// </summary>
    public static IReadOnlyList<PublishedTime> Figure5 { get; } =
    [
        new("Lua Torch", "naive", NaiveSeconds),
        new("Lua Torch", "shared-gradients", 0.152),
        new("Lua Torch", "shared-concat", 0.155),
        new("Lua Torch", "shared-all", 0.175),
        new("PyTorch", "shared-gradients", 0.165),
        new("PyTorch", "shared-all", 0.207),
    ];

    /// <summary>The time, relative to Lua Torch's <c>naive</c>.</summary>
    public double Ratio => Seconds / NaiveSeconds;
}
