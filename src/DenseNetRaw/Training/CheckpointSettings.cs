namespace DenseNetRaw.Training;

/// <summary>When checkpoints are saved, and which are kept.</summary>
public sealed record CheckpointSettings
{
    /// <summary>
    /// Steps from one to the next, beside those of best epochs; null for one at the end of every epoch, 0 for none but
    /// when the run is stopped.
    /// </summary>
    public int? EverySteps { get; init; }

    /// <summary>The newest that are kept.</summary>
    public int KeepLast { get; init; } = 2;

    /// <summary>Those of the highest test accuracy that are kept beside.</summary>
    public int KeepBest { get; init; } = 1;

    /// <summary>Whether one is due between two steps of an epoch.</summary>
    public bool IsDueAfter(long step) => EverySteps > 0 && step % EverySteps == 0;

    /// <summary>Whether one is due when an epoch is over.</summary>
    /// <param name="step">Steps played.</param>
    /// <param name="isBest">Whether no epoch before had a test accuracy as high.</param>
    /// <param name="isEnd">Whether the run ends with it.</param>
    public bool IsDueAfterEpoch(long step, bool isBest, bool isEnd) => EverySteps switch
    {
        null => true,
        0 => false,
        _ => isEnd || IsDueAfter(step) || (isBest && KeepBest > 0),
    };

    /// <summary>Fails if a setting is impossible.</summary>
    /// <exception cref="ArgumentException">Names it, what was expected and what was found.</exception>
    public void Validate()
    {
        Require(EverySteps is null or >= 0, "checkpoint-every", "at least 0", EverySteps ?? 0);
        Require(KeepLast >= 1, "keep-last", "at least 1", KeepLast);
        Require(KeepBest >= 0, "keep-best", "at least 0", KeepBest);
    }

    private static void Require(bool holds, string setting, string expected, int found)
    {
        if (!holds)
            throw new ArgumentException(FormattableString.Invariant($"--{setting} must be {expected}, found {found}"));
    }
}
