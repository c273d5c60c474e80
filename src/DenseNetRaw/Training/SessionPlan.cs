using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;

namespace DenseNetRaw.Training;

/// <summary>
/// A session before anything is allocated: a recorded step for each batch size and mode that it will meet, which share
/// one arena, and the bytes of all that lies outside it.
/// </summary>
public sealed class SessionPlan
{
    private readonly DenseNet _model;
    private readonly Backend _backend;
    private readonly SessionSettings _settings;

    /// <summary>Records and plans every step; <see cref="MemoryStrategy.Auto"/> chooses what the budget allows.</summary>
    /// <param name="model">The model.</param>
    /// <param name="backend">Where it would run; it is asked for sizes alone.</param>
    /// <param name="settings">Batch sizes, memory strategy and budget.</param>
    public SessionPlan(DenseNet model, Backend backend, SessionSettings settings)
    {
        (_model, _backend, _settings) = (model, backend, settings);
        Outside = ParameterStore.Plan(model, backend);
        AllowedBytes = Math.Min(settings.BudgetBytes ?? long.MaxValue, backend.AvailableBytes);
        long budget = settings.BudgetBytes ?? backend.AvailableBytes;
        Memory = settings.Memory == MemoryStrategy.Auto
            ? MemoryBudget.Choose(Plans, budget - Outside.Values.Sum())
            : settings.Memory;
        Steps = Record(Memory);
        PeakBytes = Steps.Values.Max(step => step.Plan.PeakBytes);
    }

    /// <summary>The strategy; where it was <see cref="MemoryStrategy.Auto"/>, with what it keeps.</summary>
    public MemoryStrategy Memory { get; }

    /// <summary>The recorded steps by batch size and mode.</summary>
    public IReadOnlyDictionary<(int BatchSize, bool IsTraining), RecordedStep> Steps { get; }

    /// <summary>Bytes of the arena: the largest peak of the steps.</summary>
    public long PeakBytes { get; }

    /// <summary>Bytes of what outlives a step and lies outside the arena, by role.</summary>
    public IReadOnlyDictionary<StorageRole, long> Outside { get; }

    /// <summary>Bytes of the arena and of what lies outside it.</summary>
    public long TotalBytes => PeakBytes + Outside.Values.Sum();

    /// <summary>Bytes that it may take: what the device can give, or the budget if that is less.</summary>
    public long AllowedBytes { get; }

    /// <summary>The step whose peak is the arena's size.</summary>
    public RecordedStep LargestStep => Steps.Values.MaxBy(step => step.Plan.PeakBytes)!;

    /// <summary>Fails unless it fits.</summary>
    /// <exception cref="InsufficientMemoryException">
    /// It does not: both numbers, what would fit, and the largest variables at the peak.
    /// </exception>
    public void RequireFit()
    {
        if (TotalBytes > AllowedBytes)
        {
            throw new InsufficientMemoryException(MemoryAdvice.For(_model, _backend, _settings, this));
        }
    }

    private IReadOnlyList<MemoryPlan> Plans(MemoryStrategy memory) =>
        [.. Record(memory).Values.Select(step => step.Plan)];

    private Dictionary<(int BatchSize, bool IsTraining), RecordedStep> Record(MemoryStrategy memory)
    {
        Dictionary<(int BatchSize, bool IsTraining), RecordedStep> steps = [];
        foreach (int batchSize in _settings.TrainingBatchSizes)
        {
            steps[(batchSize, true)] = RecordedStep.Record(_model, _backend, memory, batchSize, isTraining: true);
        }

        foreach (int batchSize in _settings.EvaluationBatchSizes)
        {
            steps[(batchSize, false)] = RecordedStep.Record(_model, _backend, memory, batchSize, isTraining: false);
        }

        return steps;
    }
}
