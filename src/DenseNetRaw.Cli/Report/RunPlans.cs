using System.Text.Json.Nodes;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Cli.Charts;
using DenseNetRaw.Cuda;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli.Report;

/// <summary>
/// A run's training step as every memory strategy plans it: for its model, batch and device, with nothing allocated and
/// no such device needed.
/// </summary>
/// <param name="Timelines">Of the ladder's strategies, and of auto where the run had that.</param>
/// <param name="Chosen">The one of the run.</param>
internal sealed record RunPlans(IReadOnlyList<Timeline> Timelines, Timeline Chosen)
{
    private const int MostThreads = 1024;

    /// <summary>The timeline of the strategy that keeps everything.</summary>
    public Timeline Naive => Timelines[0];

    /// <summary>How many times as much memory the step needs with <c>naive</c>.</summary>
    public double SavedAgainstNaive => (double)Naive.Plan.PeakBytes / Chosen.Plan.PeakBytes;

    /// <summary>Multiply-adds computed a second time, as a share of all others of the step.</summary>
    public double RecomputedShare
    {
        get
        {
            long again = Chosen.Plan.RecomputedMultiplyAdds;
            long once = Chosen.Plan.Calls.Sum(call => call.MultiplyAdds) - again;
            return once > 0 ? (double)again / once : 0;
        }
    }

    /// <summary>Plans the step of a run.</summary>
    /// <exception cref="InvalidDataException">What its <c>args.json</c> says is impossible.</exception>
    public static RunPlans Of(RunRecord run)
    {
        try
        {
            using Backend backend = BackendOf(run);
            Model model = run.Model.NewModel();
            Timeline Plan(MemoryStrategy memory) => new(
                run.Model.Name, run.BatchSize, backend.Name,
                new SessionPlan(
                    model, backend,
                    new SessionSettings
                    {
                        TrainingBatchSizes = [PlanCommand.RequireBatchSize(run.BatchSize)],
                        Memory = memory,
                    }));
            List<Timeline> timelines = [.. MemoryStrategy.Ladder.Select(Plan)];
            if (run.Memory.Kept is { } kept)
                timelines.Add(Plan(MemoryStrategy.Auto with { AlsoKept = new HashSet<string>(kept) }));
            return new RunPlans(
                timelines,
                timelines.Find(timeline => timeline.Strategy == run.Memory.Strategy)
                    ?? throw new ArgumentException($"an unknown memory strategy '{run.Memory.Strategy}'"));
        }
        catch (Exception e) when (e is ArgumentException or OverflowException)
        {
            throw new InvalidDataException(
                $"{Path.Combine(run.Folder, RunFolder.ArgumentsFile)}: expected a run that can be planned, "
                + $"found: {e.Message}",
                e);
        }
    }

    private static Backend BackendOf(RunRecord run) => run.Device switch
    {
        "reference" => new ReferenceBackend(),
        "cpu" => new CpuBackend(Math.Clamp((int?)Number(run, "threads") ?? 1, 1, MostThreads)),
        string device when CudaOptions.IsCuda(device) => new CudaBackend(new CudaSettings
        {
            Precision = Enum.Parse<CudaPrecision>(run.Text("arguments", "precision", "value"), ignoreCase: true),
            WorkspaceBytes = Number(run, "workspace") ?? CudaSettings.DefaultWorkspaceBytes,
            IsDeterministic = IsSet(run, "deterministic"),
            FusesProducts = IsSet(run, "fused-products"),
        }),
        string device => throw new ArgumentException($"an unknown device '{device}'"),
    };

    private static long? Number(RunRecord run, string argument) =>
        run.Value(argument) is JsonValue value && value.TryGetValue(out long number) ? number : null;

    private static bool IsSet(RunRecord run, string argument) =>
        run.Value(argument) is JsonValue value && value.TryGetValue(out bool isSet) && isSet;
}
