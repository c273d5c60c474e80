using System.CommandLine;
using System.Globalization;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>The flags that say what <c>bench memory</c> measures.</summary>
internal sealed class MemoryBenchOptions
{
    private const int DefaultGrowthRate = 12;

    /// <summary>With them the whole takes a few minutes on four cores.</summary>
    private const int DefaultRounds = 15;

    /// <summary>Those of figure 4, and the end of the range over which growth is judged.</summary>
    private static readonly int[] DefaultDepths = [.. Enumerable.Range(0, 11).Select(i => 34 + (30 * i)), 340];
    private static readonly int[] DefaultMeasuredDepths = [34, 64, 100, 154];

    private readonly Option<int> _growthRate = new("--growth-rate")
    {
        Description = "channels that each layer adds, k, of the networks whose depth is swept",
        DefaultValueFactory = _ => DefaultGrowthRate,
    };
    private readonly Option<int> _batchSize = PlanCommand.NewBatchSize();
    private readonly Option<int[]?> _depths = NewDepths("--depths", "depths to plan, 6n + 4", DefaultDepths);
    private readonly Option<int[]?> _measuredDepths = NewDepths(
        "--measured-depths",
        "depths to play as well, where they fit, each strategy in a process of its own; those of them that are not "
            + "among --depths are planned, too; none for none",
        DefaultMeasuredDepths, none: "none");
    private readonly Option<string> _strategies = new("--strategies")
    {
        Description = "memory strategies, with commas between them; times are relative to the first",
        DefaultValueFactory = _ => string.Join(',', MemoryStrategy.Ladder.Select(memory => memory.Name)),
    };
    private readonly Option<string> _model = new("--model")
    {
        Description = "the model whose step is timed",
        DefaultValueFactory = _ => "densenet-bc-100-12",
    };
    private readonly Option<int> _rounds = new("--rounds")
    {
        Description = "steps of each strategy that are timed",
        DefaultValueFactory = _ => DefaultRounds,
    };

    /// <summary>Every flag.</summary>
    public IReadOnlyList<Option> All =>
        [_growthRate, _batchSize, _depths, _measuredDepths, _strategies, _model, _rounds];

    /// <summary>What the flags ask for.</summary>
    /// <exception cref="ArgumentException">It is impossible.</exception>
    public MemoryBenchSettings Read(ParseResult command)
    {
        int growthRate = AtLeastOne(command, _growthRate);
        int[] measuredDepths = command.GetResult(_measuredDepths) is { Implicit: false }
            ? command.GetValue(_measuredDepths)!
            : DefaultMeasuredDepths;
        return new MemoryBenchSettings
        {
            GrowthRate = growthRate,
            BatchSize = PlanCommand.ReadBatchSize(command, _batchSize),
            Networks = Flags.Read(_depths, () => MemoryBenchSettings.NetworksOf(
                growthRate, [.. command.Given(_depths) ?? DefaultDepths, .. measuredDepths])),
            MeasuredDepths = measuredDepths,
            Strategies = Flags.Read(_strategies, () => ReadStrategies(command.GetValue(_strategies)!)),
            TimedModel = Flags.Read(_model, () => ModelConfiguration.Named(command.GetValue(_model)!)),
            Rounds = AtLeastOne(command, _rounds),
        };
    }

    private static Option<int[]?> NewDepths(string name, string description, int[] otherwise, string? none = null) =>
        Flags.NewList<int>(
            name, $"{description} [default: {string.Join(',', otherwise)}]", "whole numbers", NumberStyles.None, none,
            ',');

    /// <summary>Strategies of the ladder: what <c>auto</c> takes is what it is given.</summary>
    private static MemoryStrategy[] ReadStrategies(string names)
    {
        MemoryStrategy[] strategies =
        [
            .. names.Split(',', StringSplitOptions.TrimEntries).Select(MemoryStrategy.Named).Distinct(),
        ];
        return strategies.Contains(MemoryStrategy.Auto)
            ? throw new ArgumentException(
                "expected strategies without auto, found it: how much it takes is for a budget to say")
            : strategies;
    }

    private static int AtLeastOne(ParseResult command, Option<int> option)
    {
        int number = command.GetValue(option);
        return number >= 1
            ? number
            : throw new ArgumentException($"{option.Name} must be at least 1, found {number}");
    }
}
