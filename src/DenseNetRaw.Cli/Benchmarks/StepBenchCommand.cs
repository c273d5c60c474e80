using System.CommandLine;
using System.Globalization;
using DenseNetRaw.Backends;
using DenseNetRaw.Training;
using Spectre.Console;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary><c>densenet bench step</c>: time of whole steps, and the share of what the machine can do.</summary>
internal sealed class StepBenchCommand
{
    private const string Both = "both";
    private const string Train = "train";
    private const string Inference = "inference";

    private readonly ModelOptions _models = new("densenet-bc-100-12", takesSeveral: true);
    private readonly BackendOptions _backend = new();
    private readonly BenchOutput _output = new();
    private readonly NvtxOption _nvtx = new();
    private readonly Option<int[]?> _batchSizes = NewBatchSizes();
    private readonly Option<int> _steps = NewCount("--steps", "steps that are timed", 20);
    private readonly Option<int> _warmUp = NewCount("--warm-up", "steps before them that are not", 5);
    private readonly Option<string> _mode = new("--mode")
    {
        Description = $"{Train} (forward, backward and optimiser), {Inference} (forward alone) or {Both}",
        DefaultValueFactory = _ => Both,
    };

    public static Command New()
    {
        StepBenchCommand bench = new();
        Command command = new(
            "step",
            "Time of whole steps on random images, medians after a warm-up. Beside it the share of what the machine "
            + "can do: arithmetic and memory traffic at the best that a probe measures before and after, on the same "
            + "threads. Every tensor counts as moved by each call that touches it, so what stays in caches can pass "
            + "100 %.")
        {
            bench._batchSizes, bench._mode, bench._steps, bench._warmUp, bench._nvtx.Flag,
        };
        command.AddAll([.. bench._output.All, .. bench._models.All, .. bench._backend.All]);
        command.SetAction(bench.Run);
        return command;
    }

    private void Run(ParseResult command)
    {
        int steps = AtLeast(command, _steps, 1), warmUp = AtLeast(command, _warmUp, 0);
        using Backend backend = _backend.NewBackend(command);
        _nvtx.Mark(command, backend);
        Func<SessionPlan>[] plans = Plans(command, backend);

        // What does not fit is refused before anything is measured.
        foreach (Func<SessionPlan> plan in plans)
            plan();
        TextWriter progress = command.InvocationConfiguration.Error;
        _output.Run(
            command, backend,
            plans.Select(plan => Measure(new StepBench(backend, warmUp, steps), plan(), progress)),
            Write);
    }

    private static Func<DeviceLimits?, StepBenchResult> Measure(
        StepBench bench, SessionPlan plan, TextWriter progress)
    {
        // The plan itself is not kept: there may be many.
        IReadOnlyList<(double Flops, double Bytes)> work = Roofline.Work(
            plan, isTraining: plan.Settings.TrainingBatchSizes.Count > 0);
        StepBenchResult result = bench.Measure(plan);
        progress.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Model}, {result.Mode}, batch {result.BatchSize}: {Units.Milliseconds(result.Milliseconds)} ms"));
        return limits => result.Beside(limits, work);
    }

    /// <summary>Every model, batch and mode that was asked for.</summary>
    private Func<SessionPlan>[] Plans(ParseResult command, Backend backend)
    {
        bool[] modes = command.GetValue(_mode)! switch
        {
            Train => [true],
            Inference => [false],
            Both => [true, false],
            string mode => throw new ArgumentException(
                $"--mode: expected {Train}, {Inference} or {Both}, found '{mode}'"),
        };
        SessionSettings settings = _backend.Session(command);
        int[] batchSizes = [.. (command.Given(_batchSizes) ?? [64]).Select(PlanCommand.RequireBatchSize).Distinct()];
        return
        [
            .. from model in _models.ReadAll(command)
               from batchSize in batchSizes
               from isTraining in modes
               select (Func<SessionPlan>)(() => StepBench.Plan(model, backend, settings, batchSize, isTraining)),
        ];
    }

    private static void Write(BenchResults<StepBenchResult> found, TextWriter output)
    {
        Table table = ConsoleTables.New(
            ("model", false), ("mode", false), ("batch", true), ("ms", true), ("img/s", true), ("GFLOP/s", true),
            ("MiB", true), ("of limit", true));
        foreach (StepBenchResult result in found.Results)
        {
            table.AddPlainRow(
                result.Model, result.Mode == Inference ? "infer" : result.Mode, $"{result.BatchSize}",
                Units.Milliseconds(result.Milliseconds), BenchText.Number(result.ImagesPerSecond),
                BenchText.Number(result.GigaflopsPerSecond), BenchText.Number(result.PeakBytes / Units.MebibyteBytes),
                BenchText.Share(result.ShareOfLimit));
        }

        output.WriteTable(table, keys: 3);
        StepBenchResult first = found.Results[0];
        output.WriteText(
            $"{(first.Steps == 1 ? "One step" : $"Medians of {first.Steps} steps")} on {first.Device}, "
            + $"{found.Settings?.Words ?? first.Precision}, {first.Threads} thread{(first.Threads == 1 ? "" : "s")}, "
            + $"--memory {first.Memory}; MiB of the arena.");
        output.WriteText(BenchText.Limits(found.Limits, found.Results.Select(result => result.ShareOfLimit)));
    }

    private static Option<int[]?> NewBatchSizes()
    {
        Option<int[]?> option = Flags.NewList<int>(
            "--batch-size", "images in a step, with commas between several [default: 64]", "whole numbers",
            NumberStyles.None, none: null, ',');
        option.Aliases.Add("-b");
        return option;
    }

    private static Option<int> NewCount(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    private static int AtLeast(ParseResult command, Option<int> option, int least)
    {
        int number = command.GetValue(option);
        return number >= least
            ? number
            : throw new ArgumentException($"{option.Name} must be at least {least}, found {number}");
    }
}
