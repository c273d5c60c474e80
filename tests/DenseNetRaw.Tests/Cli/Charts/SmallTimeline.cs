using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Cli.Charts;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Training;

namespace DenseNetRaw.Tests.Cli.Charts;

/// <summary>Timelines of a small network, on the reference device.</summary>
internal static class SmallTimeline
{
    public const string Model = "densenet-bc-22-8";
    public const int BatchSize = 3;

    public static Timeline Of(string strategy)
    {
        using ReferenceBackend backend = new();
        SessionSettings settings = new()
        {
            TrainingBatchSizes = [BatchSize],
            Memory = MemoryStrategy.Named(strategy),
        };
        DenseNet model = new(DenseNetConfiguration.Named(Model));
        return new Timeline(Model, BatchSize, backend.Name, new SessionPlan(model, backend, settings));
    }
}
