using DenseNetRaw.Backends;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Training;

namespace DenseNetRaw.Tests.Models;

/// <summary>Training steps of a network planned with the strategies of the ladder.</summary>
internal static class Rungs
{
    /// <summary>The ladder, and auto with a budget halfway between the last two.</summary>
    public static IEnumerable<MemoryStrategy> WithAuto(
        ModelConfiguration network, Backend backend, int batchSize = 3)
    {
        long halfway = (PeakBytes(network, MemoryStrategy.Slab, backend, batchSize)
            + PeakBytes(network, MemoryStrategy.SlabMinimal, backend, batchSize)) / 2;
        return MemoryStrategy.Ladder.Append(Auto(network, backend, halfway, batchSize));
    }

    public static MemoryStrategy Auto(
        ModelConfiguration network, Backend backend, long arenaBytes, int batchSize = 3) =>
        MemoryBudget.Choose(memory => [Plan(network, memory, backend, batchSize)], arenaBytes);

    public static long PeakBytes(
        ModelConfiguration network, MemoryStrategy memory, Backend backend, int batchSize = 3) =>
        Plan(network, memory, backend, batchSize).PeakBytes;

    public static MemoryPlan Plan(
        ModelConfiguration network, MemoryStrategy memory, Backend backend, int batchSize = 3) =>
        RecordedStep.Record(network.NewModel(), backend, memory, batchSize, isTraining: true).Plan;
}
