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
    /// <summary>
    /// What <see cref="MemoryStrategy.Auto"/> fills of a device where it was given no budget: the process itself, its
    /// batches and the weights that it saves need memory too, and a machine without any left kills processes.
    /// </summary>
    private const double AutoShare = 0.9;

    /// <summary>Records and plans every step; <see cref="MemoryStrategy.Auto"/> keeps what there is room for.</summary>
    /// <param name="model">The model.</param>
    /// <param name="backend">Where it would run; it is asked for sizes alone.</param>
    /// <param name="settings">Batch sizes, memory strategy and budget.</param>
    /// <param name="isForThisDevice">
    /// Whether it is to run here; else a budget may be larger than what the device can give.
    /// </param>
    public SessionPlan(Model model, Backend backend, SessionSettings settings, bool isForThisDevice = false)
    {
        (Model, Backend, Settings) = (model, backend, settings);
        Outside = BytesOutside();
        AllowedBytes = isForThisDevice || settings.BudgetBytes is null
            ? Math.Min(settings.BudgetBytes ?? long.MaxValue, backend.AvailableBytes)
            : settings.BudgetBytes.Value;
        long chosenWithin = AllowedBytes == settings.BudgetBytes ? AllowedBytes : (long)(AutoShare * AllowedBytes);
        Memory = settings.Memory == MemoryStrategy.Auto
            ? MemoryBudget.Choose(Plans, chosenWithin - Outside.Values.Sum())
            : settings.Memory;
        AutoBytes = settings.Memory == MemoryStrategy.Auto ? chosenWithin : null;
        Steps = Record(Memory);
        PeakBytes = Steps.Values.Max(step => step.Plan.PeakBytes);
    }

    /// <summary>The model.</summary>
    public Model Model { get; }

    /// <summary>Where it would run.</summary>
    public Backend Backend { get; }

    /// <summary>What it is planned for.</summary>
    public SessionSettings Settings { get; }

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

    /// <summary>
    /// Bytes that it may take: the budget; without one, or for a session that is to run, what the device can give if
    /// that is less.
    /// </summary>
    public long AllowedBytes { get; }

    /// <summary>
    /// The bytes within which <see cref="MemoryStrategy.Auto"/> chose what to keep; null for any other strategy.
    /// </summary>
    public long? AutoBytes { get; }

    /// <summary>Whether it takes no more than it may.</summary>
    public bool Fits => TotalBytes <= AllowedBytes;

    /// <summary>The step whose peak is the arena's size.</summary>
    public RecordedStep LargestStep => Steps.Values.MaxBy(step => step.Plan.PeakBytes)!;

    /// <summary>Images in that step.</summary>
    public int BatchSize => LargestStep.Images.Shape.N;

    /// <summary>What that step costs (<see cref="MemoryPlan.Cost"/>).</summary>
    public double Cost => LargestStep.Plan.Cost;

    /// <summary>What is kept, what is computed again, and the bytes.</summary>
    public PlannedMemory Planned => new(
        Memory.Name,
        Settings.BudgetBytes,
        PeakBytes,
        Outside.Values.Sum(),
        Memory.Name == MemoryStrategy.Auto.Name ? [.. Memory.AlsoKept.Order(StringComparer.Ordinal)] : null,
        LargestStep.Plan.RecomputedValues,
        AutoBytes);

    /// <summary>Fails unless it fits.</summary>
    /// <exception cref="InsufficientMemoryException">
    /// It does not: both numbers, what would fit, and the largest variables at the peak.
    /// </exception>
    public void RequireFit()
    {
        if (!Fits)
        {
            throw new InsufficientMemoryException(MemoryAdvice.ForPlan(this, Backend, Settings));
        }
    }

    private Dictionary<StorageRole, long> BytesOutside()
    {
        Dictionary<StorageRole, long> bytes = new(ParameterStore.Plan(Model, Backend));
        if (Backend is IStepQueue queue)
        {
            int largest = Settings.TrainingBatchSizes.Concat(Settings.EvaluationBatchSizes).Max();
            bytes[StorageRole.Batch] = queue.StagingBytes(Model.InputShape(largest));
        }

        return bytes;
    }

    private IReadOnlyList<MemoryPlan> Plans(MemoryStrategy memory) =>
        [.. Record(memory).Values.Select(step => step.Plan)];

    private Dictionary<(int BatchSize, bool IsTraining), RecordedStep> Record(MemoryStrategy memory)
    {
        Dictionary<(int BatchSize, bool IsTraining), RecordedStep> steps = [];
        foreach (int batchSize in Settings.TrainingBatchSizes)
        {
            steps[(batchSize, true)] = RecordedStep.Record(Model, Backend, memory, batchSize, isTraining: true);
        }

        foreach (int batchSize in Settings.EvaluationBatchSizes)
        {
            steps[(batchSize, false)] = RecordedStep.Record(Model, Backend, memory, batchSize, isTraining: false);
        }

        return steps;
    }
}
