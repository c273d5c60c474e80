using System.Globalization;
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Training;

/// <summary>What to say when there is not enough memory.</summary>
internal static class MemoryAdvice
{
    private const int LargestShown = 5;

    /// <summary>Share of the peak; what is smaller is no help to anyone.</summary>
    private const double SmallestShown = 0.01;

    /// <summary>
    /// Of a plan that does not fit: both numbers, the strategy or batch that fits, the largest variables at the peak.
    /// </summary>
    public static string ForPlan(SessionPlan plan, Backend backend, SessionSettings settings)
    {
        (string needed, string allowed) = ByteText.Of(plan.TotalBytes, plan.AllowedBytes);
        string limit = plan.AllowedBytes == settings.BudgetBytes
            ? $"--memory-budget is {allowed}"
            : $"the {backend.Name} device can give {allowed}";
        return $"{Need(plan, needed)}, and {limit}: {WhatFits(plan, backend, settings)}"
            + $"{SmallerWorkspace(plan, backend)}. {LargestVariables(plan)}";
    }

    /// <summary>
    /// Of a plan that seemed to fit and that the device refused: both numbers, the largest variables at the peak.
    /// </summary>
    public static string ForRefusal(SessionPlan plan, Backend backend)
    {
        (string needed, string available) = ByteText.Of(plan.TotalBytes, backend.AvailableBytes);
        string refusal = $"the {backend.Name} device refused them although it seems to have {available}";
        string remedy = plan.Memory.Kept == KeptValues.None && plan.Memory.AlsoKept.Count == 0
            ? "a smaller --batch-size needs less"
            : $"--memory {MemoryStrategy.SlabMinimal.Name} or a smaller --batch-size needs less";
        return $"{Need(plan, needed)}, and {refusal}: {remedy}{SmallerWorkspace(plan, backend)}. "
            + LargestVariables(plan);
    }

    private static string Need(SessionPlan plan, string bytes)
    {
        bool isTraining = plan.Steps.ContainsKey((plan.BatchSize, true));
        string least = isTraining && plan.Memory == MemoryStrategy.Auto
            ? ", with nothing kept that can be computed again"
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{plan.Memory.Name} needs {bytes} to {(isTraining ? "train" : "evaluate")} "
            + $"{plan.Model.Configuration.Name} on a batch of {plan.BatchSize:N0}{least}");
    }

    /// <summary>
    /// The strategy that keeps most and fits, or else the largest batch that fits with the one that keeps least. Where
    /// a training step needs <see cref="MemoryStrategy.SlabMinimal"/>, <see cref="MemoryStrategy.Auto"/> fits, too, and
    /// recomputes less.
    /// </summary>
    private static string WhatFits(SessionPlan plan, Backend backend, SessionSettings settings)
    {
        BudgetSearch search = new(backend, plan.AllowedBytes);
        bool isTraining = settings.TrainingBatchSizes.Count > 0;
        MemoryStrategy smallest = isTraining ? MemoryStrategy.Auto : MemoryStrategy.SlabMinimal;
        if (MemoryStrategy.Ladder.FirstOrDefault(
            memory => search.Fits(() => search.Plan(plan.Model, settings with { Memory = memory }))) is { } fitting)
        {
            return $"--memory {(fitting == MemoryStrategy.SlabMinimal ? smallest : fitting).Name} fits";
        }

        SessionSettings least = settings with { Memory = MemoryStrategy.SlabMinimal };
        int batchSize = search.Largest(
            BudgetSearch.LargestBatchSize,
            size => search.Plan(plan.Model, isTraining
                ? least with { TrainingBatchSizes = [size], EvaluationBatchSizes = [] }
                : least with { EvaluationBatchSizes = [size] }));
        string with = settings.Memory == MemoryStrategy.Auto || settings.Memory == MemoryStrategy.SlabMinimal
            ? ""
            : $" with --memory {smallest.Name}";
        return batchSize == 0 ? "not even one image fits" : $"--batch-size {batchSize}{with} fits";
    }

    /// <summary>
    /// Where a library's workspace is live at the peak. A matrix product takes no more than half of the default.
    /// </summary>
    private static string SmallerWorkspace(SessionPlan plan, Backend backend)
    {
        MemoryPlan step = plan.LargestStep.Plan;
        return backend.LibraryWorkspaceBytes is { } bytes and > 0
            && step.Placements.Any(placement => placement.Occupies(step.PeakCall)
                && placement.Storage.Role == StorageRole.Workspace && placement.Bytes >= bytes / 2)
            ? $"; a --workspace of less than {ByteText.Of(bytes)} takes less"
            : "";
    }

    private static string LargestVariables(SessionPlan plan)
    {
        MemoryPlan step = plan.LargestStep.Plan;
        IEnumerable<string> largest = step.Placements
            .Where(placement => placement.Occupies(step.PeakCall))
            .Where(placement => placement.Bytes >= SmallestShown * step.PeakBytes)
            .OrderByDescending(placement => placement.Bytes)
            .Take(LargestShown)
            .Select(placement => $"\n  {Words(placement.Storage)} {ByteText.Of(placement.Bytes)}");
        return $"The largest variables at the peak:{string.Concat(largest)}";
    }

    private static string Words(Storage storage) =>
        storage.Role == StorageRole.Workspace ? storage.Name : $"{storage}";
}
