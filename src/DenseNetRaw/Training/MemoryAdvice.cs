using System.Globalization;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;

namespace DenseNetRaw.Training;

/// <summary>What to say when a plan does not fit.</summary>
internal static class MemoryAdvice
{
    private const int LargestShown = 5;

    /// <summary>Both numbers, the strategy or batch that fits, and the largest variables at the peak.</summary>
    public static string For(DenseNet model, Backend backend, SessionSettings settings, SessionPlan plan)
    {
        string most = settings.Memory == MemoryStrategy.Auto
            ? $"auto needs at least {Mebibytes(plan.TotalBytes)} MiB, with everything computed again that can be,"
            : $"{plan.Memory.Name} needs {Mebibytes(plan.TotalBytes)} MiB";
        string limit = plan.AllowedBytes == settings.BudgetBytes
            ? $"the budget is {Mebibytes(plan.AllowedBytes)} MiB"
            : $"the {backend.Name} device can give {Mebibytes(plan.AllowedBytes)} MiB";
        return $"{most} and {limit}; {WhatFits(model, backend, settings, plan)}; {LargestVariables(plan)}";
    }

    /// <summary>
    /// The strategy that keeps most and fits, or else the largest batch that fits with the one that keeps least.
    /// </summary>
    private static string WhatFits(DenseNet model, Backend backend, SessionSettings settings, SessionPlan plan)
    {
        bool Fits(SessionSettings other) => new SessionPlan(model, backend, other).TotalBytes <= plan.AllowedBytes;
        if (MemoryStrategy.Ladder.FirstOrDefault(memory => Fits(settings with { Memory = memory })) is { } fitting)
        {
            return $"--memory {fitting.Name} fits";
        }

        bool isTraining = settings.TrainingBatchSizes.Count > 0;
        SessionSettings least = settings with { Memory = MemoryStrategy.SlabMinimal, BudgetBytes = null };
        int batchSize = BatchSearch.Largest(size => Fits(isTraining
            ? least with { TrainingBatchSizes = [size], EvaluationBatchSizes = [] }
            : least with { EvaluationBatchSizes = [size] }));
        return batchSize == 0
            ? "not even one image fits"
            : $"--batch-size {batchSize} with --memory {MemoryStrategy.SlabMinimal.Name} fits";
    }

    private static string LargestVariables(SessionPlan plan)
    {
        MemoryPlan step = plan.LargestStep.Plan;
        IEnumerable<string> largest = step.Placements
            .Where(placement => placement.Occupies(step.PeakCall))
            .OrderByDescending(placement => placement.Bytes)
            .Take(LargestShown)
            .Select(placement => $"{placement.Storage} {Mebibytes(placement.Bytes)} MiB");
        return $"the largest variables at the peak are {string.Join(", ", largest)}";
    }

    private static string Mebibytes(long bytes) =>
        (bytes / (double)(1L << 20)).ToString("N1", CultureInfo.InvariantCulture);
}
