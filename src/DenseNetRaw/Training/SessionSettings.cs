using DenseNetRaw.Memory;

namespace DenseNetRaw.Training;

/// <summary>What a session is planned for.</summary>
public sealed record SessionSettings
{
    /// <summary>Batch sizes that will be trained on: the full one and the last partial one.</summary>
    public IReadOnlyList<int> TrainingBatchSizes { get; init; } = [];

    /// <summary>Batch sizes that will be evaluated.</summary>
    public IReadOnlyList<int> EvaluationBatchSizes { get; init; } = [];

    /// <summary>What is kept for the backward pass.</summary>
    public MemoryStrategy Memory { get; init; } = MemoryStrategy.Slab;

    /// <summary>
    /// Bytes that the arena and what lies outside it may take together; null for what the device can give. It is what
    /// <see cref="MemoryStrategy.Auto"/> chooses by; any other strategy fails if it needs more.
    /// </summary>
    public long? BudgetBytes { get; init; }

    /// <summary>Seed of initial values, dropout masks, augmentation and order.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// Whether steps are played call by call, and stop at the first that writes what is no finite number
    /// (<see cref="AnomalyPlay"/>). Slow; for finding.
    /// </summary>
    public bool DetectsAnomalies { get; init; }

    /// <summary>The optimiser.</summary>
    public SgdSettings Sgd { get; init; } = SgdSettings.Paper;
}
