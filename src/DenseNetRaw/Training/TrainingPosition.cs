using System.Text.Json.Serialization;

namespace DenseNetRaw.Training;

/// <summary>
/// Where a run stands between two steps. Order, augmentation and dropout are functions of seed, epoch, image and step,
/// so nothing else is needed to go on as if the run had never stopped, but the numbers of the session.
/// </summary>
/// <param name="Step">Steps played.</param>
/// <param name="Epoch">The epoch of the last one, from 1.</param>
/// <param name="StepInEpoch">Steps played in that epoch.</param>
/// <param name="Sums">Sums over those.</param>
/// <param name="Last">The last epoch that was evaluated: this one, if it is over.</param>
/// <param name="Best">The epoch of the best test accuracy.</param>
public readonly record struct TrainingPosition(
    long Step, int Epoch, int StepInEpoch, EpochSums Sums, EpochReport? Last, EpochReport? Best)
{
    /// <summary>Before the first step.</summary>
    public static TrainingPosition Start => new(0, 1, 0, default, null, null);

    /// <summary>Whether the epoch has been evaluated, so that the next step is of another.</summary>
    [JsonIgnore]
    public bool IsEpochOver => Last?.Epoch == Epoch;
}
