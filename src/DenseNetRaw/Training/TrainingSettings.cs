using DenseNetRaw.Data;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Training;

/// <summary>A training run; the defaults are the recipe of the paper, arXiv:1608.06993, section 4.2.</summary>
public sealed record TrainingSettings
{
    /// <summary>Images in a batch; the last batch of an epoch has what is left.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Passes over the training images.</summary>
    public int Epochs { get; init; } = 300;

    /// <summary>Steps after which the run ends, wherever its epoch stands; null for no such limit.</summary>
    public int? MaxSteps { get; init; }

    /// <summary>The learning rate of the first epoch, or of the first after the warm-up.</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>How the learning rate falls.</summary>
    public LearningRateShape LearningRateShape { get; init; } = LearningRateShape.MultiStep;

    /// <summary>
    /// Epochs after which <see cref="LearningRateShape.MultiStep"/> divides the rate by 10; null for 50 % and 75 %.
    /// </summary>
    public IReadOnlyList<int>? Milestones { get; init; }

    /// <summary>First epochs, at a tenth of the learning rate.</summary>
    public int WarmUpEpochs { get; init; }

    /// <summary>The optimiser.</summary>
    public SgdSettings Sgd { get; init; } = SgdSettings.Paper;

    /// <summary>What is done to a training image.</summary>
    public Augmentation Augmentation { get; init; } = Augmentation.Standard;

    /// <summary>Mean and standard deviation; null for the training set's own.</summary>
    public Normalization? Normalization { get; init; }

    /// <summary>Whether every epoch has an order of its own.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Seed of initial values, order, augmentation and dropout masks.</summary>
    public ulong Seed { get; init; }

    /// <summary>What is kept for the backward pass.</summary>
    public MemoryStrategy Memory { get; init; } = MemoryStrategy.Slab;

    /// <inheritdoc cref="SessionSettings.BudgetBytes"/>
    public long? BudgetBytes { get; init; }

    /// <summary>When checkpoints are saved, and which are kept.</summary>
    public CheckpointSettings Checkpoints { get; init; } = new();

    /// <inheritdoc cref="SessionSettings.DetectsAnomalies"/>
    public bool DetectsAnomalies { get; init; }

    /// <summary>The learning rate of each epoch.</summary>
    public LearningRateSchedule Schedule => new(LearningRateShape, LearningRate, Epochs, Milestones, WarmUpEpochs);

    /// <summary>Fails if a setting is impossible.</summary>
    /// <exception cref="ArgumentException">Names it, what was expected and what was found.</exception>
    public void Validate()
    {
        Require(BatchSize >= 1, "batch-size", "at least 1", BatchSize);
        Require(Epochs >= 1, "epochs", "at least 1", Epochs);
        Require(MaxSteps is null or >= 1, "max-steps", "at least 1", MaxSteps ?? 0);
        Require(double.IsFinite(LearningRate) && LearningRate >= 0, "lr", "a number of at least 0", LearningRate);
        Require(Sgd.Momentum is >= 0 and < 1, "momentum", "at least 0 and below 1", Sgd.Momentum);
        Require(WarmUpEpochs >= 0, "lr-warmup-epochs", "at least 0", WarmUpEpochs);
        RequireRising(Milestones ?? []);
        Checkpoints.Validate();
        Require(
            double.IsFinite(Sgd.WeightDecay) && Sgd.WeightDecay >= 0, "wd", "a number of at least 0", Sgd.WeightDecay);
    }

    private static void RequireRising(IReadOnlyList<int> milestones)
    {
        int before = 1;
        foreach (int milestone in milestones)
        {
            Require(milestone >= before, "lr-milestones", $"epochs in rising order, here at least {before}", milestone);
            before = milestone;
        }
    }

    private static void Require(bool holds, string setting, string expected, double found)
    {
        if (!holds)
            throw new ArgumentException(FormattableString.Invariant($"--{setting} must be {expected}, found {found}"));
    }
}
