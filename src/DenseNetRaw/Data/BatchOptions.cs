namespace DenseNetRaw.Data;

/// <summary>How batches are made of a data set.</summary>
public sealed record BatchOptions
{
    /// <summary>Images in a batch; the last batch of an epoch has what is left.</summary>
    public required int BatchSize { get; init; }

    /// <summary>The run's seed, from which order and augmentation follow.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether every epoch has its own order; else the images come in the order of the data set.</summary>
    public bool Shuffle { get; init; }

    /// <summary>What is done to each image.</summary>
    public Augmentation Augmentation { get; init; } = Augmentation.None;

    /// <summary>Mean and standard deviation; null for the data set's own.</summary>
    public Normalization? Normalization { get; init; }

    /// <summary>
    /// Whether images are handed on as they are, for a device that crops, flips and normalises them itself.
    /// </summary>
    public bool IsRaw { get; init; }

    /// <summary>Batches that are made ahead of the one in use.</summary>
    public int PrefetchedBatches { get; init; } = 3;
}
