using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>
/// <c>densenet bench memory</c>: memory against depth, planned and measured, and time per strategy, beside figures 4 and
/// 5 of Pleiss et al. 2017, arXiv:1707.06990.
/// </summary>
internal static class MemoryBenchCommand
{
    private const int DefaultGrowthRate = 12;
    private const int DefaultRounds = 15;

    /// <summary>Those of figure 4, and the deepest that fits its card with any strategy of its Lua code.</summary>
    private static readonly int[] DefaultDepths = [.. Enumerable.Range(0, 11).Select(i => 34 + (30 * i)), 340];
    private static readonly int[] DefaultMeasuredDepths = [34, 64, 100, 154];

    public static Command New()
    {
        BackendOptions backendOptions = new();
        Option<int> growthRate = new("--growth-rate")
        {
            Description = "channels that each layer adds, k, of the networks whose depth is swept",
            DefaultValueFactory = _ => DefaultGrowthRate,
        };
        Option<int> batchSize = PlanCommand.NewBatchSize();
        Option<int[]?> depths = NewDepths("--depths", "depths to plan, 6n + 4", DefaultDepths);
        Option<int[]?> measuredDepths = NewDepths(
            "--measured-depths", "depths to play as well, where they fit, each strategy in a process of its own",
            DefaultMeasuredDepths);
        Option<string> strategies = new("--strategies")
        {
            Description = "memory strategies, with commas between them; times are relative to the first",
            DefaultValueFactory = _ => string.Join(',', MemoryStrategy.Ladder.Select(memory => memory.Name)),
        };
        Option<string> model = new("--model")
        {
            Description = "the model whose step is timed",
            DefaultValueFactory = _ => "densenet-bc-100-12",
        };
        Option<int> rounds = new("--rounds")
        {
            Description = "steps of each strategy that are timed",
            DefaultValueFactory = _ => DefaultRounds,
        };
        Option<string> output = new("--output")
        {
            Description = "folder for DATE-memory.json, DATE-memory.md and the two pictures",
            DefaultValueFactory = _ => Path.Combine("benchmarks", "results"),
        };
        Option<bool> json = JsonOutput.NewOption();
        Command command = new("memory", "Memory against depth, planned and measured, and time per strategy.")
        {
            growthRate, batchSize, depths, measuredDepths, strategies, model, rounds, output, json,
        };
        command.AddAll(backendOptions.Device);
        command.SetAction(parsed =>
        {
            int[] measured = parsed.Given(measuredDepths) ?? DefaultMeasuredDepths;
            MemoryBenchSettings settings = new()
            {
                GrowthRate = AtLeastOne(parsed, growthRate),
                BatchSize = PlanCommand.ReadBatchSize(parsed, batchSize),
                Depths = [.. (parsed.Given(depths) ?? DefaultDepths).Union(measured).Order()],
                MeasuredDepths = measured,
                Strategies = ReadStrategies(parsed.GetValue(strategies)!),
                TimedModel = DenseNetConfiguration.Named(parsed.GetValue(model)!),
                Rounds = AtLeastOne(parsed, rounds),
            };
            string folder = parsed.GetValue(output)!;
            Directory.CreateDirectory(folder);
            using Backend backend = backendOptions.NewBackend(parsed);
            MemoryBenchResults results = Run(parsed, settings, backend);
            string page = MemoryBenchPage.Of(results);
            IReadOnlyList<string> files = MemoryBenchFiles.Write(results, page, folder);
            InvocationConfiguration streams = parsed.InvocationConfiguration;
            streams.Error.WriteLine($"written: {string.Join(", ", files)}");
            streams.Output.WriteLine(
                parsed.GetValue(json) ? JsonSerializer.Serialize(results, JsonOutput.Options) : page);
        });
        return command;
    }

    private static MemoryBenchResults Run(ParseResult parsed, MemoryBenchSettings settings, Backend backend)
    {
        TextWriter progress = parsed.InvocationConfiguration.Error;
        int threads = (backend as CpuBackend)?.Threads ?? 1;
        double[]? loads = BenchMachine.LoadAverage();
        List<DepthResult> sweep = MemorySweep.Run(settings, backend, threads, progress);
        List<TimeResult> times = StepTimes.Measure(settings, backend, threads, progress);
        return new MemoryBenchResults(
            DateTime.Now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), BuildVersion.Commit,
            $"densenet {string.Join(' ', parsed.Tokens.Select(token => token.Value))}", BenchMachine.Description, loads,
            settings.GrowthRate, sweep, DepthExponent.Of(sweep), times);
    }

    private static Option<int[]?> NewDepths(string name, string description, int[] otherwise) => Flags.NewList<int>(
        name, $"{description} [default: {string.Join(',', otherwise)}]", "whole numbers", NumberStyles.None, ',');

    /// <summary>Strategies of the ladder: what <c>auto</c> takes is what it is given.</summary>
    private static MemoryStrategy[] ReadStrategies(string names)
    {
        MemoryStrategy[] strategies = [.. names.Split(',').Select(MemoryStrategy.Named).Distinct()];
        return strategies.Contains(MemoryStrategy.Auto)
            ? throw new ArgumentException("--strategies cannot have auto: how much it takes is for a budget to say")
            : strategies;
    }

    private static int AtLeastOne(ParseResult parsed, Option<int> option)
    {
        int number = parsed.GetValue(option);
        return number >= 1
            ? number
            : throw new ArgumentException($"{option.Name} must be at least 1, found {number}");
    }
}
