using DenseNetRaw.Data;

namespace DenseNetRaw.Training;

/// <summary>The settings of a run that cannot change on the way: with others it would be another run.</summary>
/// <param name="Seed">Seed of initial values, order, augmentation and dropout masks.</param>
/// <param name="BatchSize">Images in a batch.</param>
/// <param name="Augmentation">What is done to a training image.</param>
/// <param name="Shuffle">Whether every epoch has an order of its own.</param>
/// <param name="Training">The images trained on.</param>
/// <param name="Evaluation">The images that each epoch is evaluated on.</param>
public sealed record RunIdentity(
    ulong Seed, int BatchSize, Augmentation Augmentation, bool Shuffle, DataIdentity Training, DataIdentity Evaluation)
{
    /// <summary>Fails unless a run that goes on has the same settings.</summary>
    /// <param name="found">Its settings.</param>
    /// <param name="checkpoint">Where it goes on from.</param>
    /// <exception cref="ArgumentException">Names the flag, what was expected and what was found.</exception>
    public void RequireSame(RunIdentity found, string checkpoint)
    {
        Require("seed", Seed, found.Seed, checkpoint);
        Require("batch-size", BatchSize, found.BatchSize, checkpoint);
        Require("augment", Word(Augmentation), Word(found.Augmentation), checkpoint);
        Require("no-shuffle", !Shuffle, !found.Shuffle, checkpoint);
        Require("data", Training, found.Training, checkpoint);
        Require("data", Evaluation, found.Evaluation, checkpoint);

        // As the flag's value is typed.
        static string Word(Augmentation augmentation) => augmentation.ToString().ToLowerInvariant();
    }

    /// <summary>Fails unless a setting is the checkpoint's.</summary>
    /// <exception cref="ArgumentException">Names the flag, what was expected and what was found.</exception>
    internal static void Require<T>(string flag, T expected, T found, string checkpoint)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, found))
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"--{flag}: expected {expected}, as {checkpoint} was trained with, found {found}"));
        }
    }
}
