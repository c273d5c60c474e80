using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>
/// Memory against depth, planned and measured: figure 4 of Pleiss et al. 2017, arXiv:1707.06990.
/// </summary>
internal static class MemorySweep
{
    /// <summary>A result for every depth and strategy.</summary>
    /// <param name="settings">Networks and strategies.</param>
    /// <param name="backend">What is planned for.</param>
    /// <param name="threads">Its threads.</param>
    /// <param name="progress">Receives a line for each measurement.</param>
    public static List<DepthResult> Run(
        MemoryBenchSettings settings, Backend backend, int threads, TextWriter progress)
    {
        List<DepthResult> results = [];
        foreach ((int depth, ModelConfiguration configuration) in settings.Networks)
        {
            Model model = configuration.NewModel();
            foreach (MemoryStrategy memory in settings.Strategies)
            {
                DepthResult planned = Plan(model, depth, memory, settings.BatchSize, backend, threads);
                results.Add(settings.MeasuredDepths.Contains(depth) ? Measure(planned, backend, progress) : planned);
            }
        }

        return results;
    }

    private static DepthResult Plan(
        Model model, int depth, MemoryStrategy memory, int batchSize, Backend backend, int threads)
    {
        MemoryPlan plan = RecordedStep.Record(model, backend, memory, batchSize, isTraining: true).Plan;
        IReadOnlyDictionary<StorageRole, long> outside = ParameterStore.Plan(model, backend);
        return new DepthResult(
            model.Configuration.Name, depth, batchSize, backend.Name, threads, memory.Name, plan.PeakBytes,
            plan.LowerBoundBytes, outside.Values.Sum(), Measured: null);
    }

    private static DepthResult Measure(DepthResult planned, Backend backend, TextWriter progress)
    {
        // What is free may no longer be when the process asks for it: then it measures nothing either.
        long free = backend.AvailableBytes;
        MemoryMeasurement? measured = planned.TotalBytes > free ? null : MemoryProbe.Measure(planned);
        progress.WriteLine($"{planned.Model}, {planned.Memory}: " + (measured is null
            ? $"not measured, as it needs {Units.Mebibytes(planned.TotalBytes)} and {Units.Mebibytes(free)} are free"
            : $"planned {Units.Mebibytes(planned.PeakBytes)}, measured {Units.Mebibytes(measured.ResidentBytes)}"));
        return planned with { Measured = measured };
    }
}
