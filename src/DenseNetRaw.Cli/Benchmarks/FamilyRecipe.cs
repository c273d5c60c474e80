using DenseNetRaw.Models;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>The one recipe and budget of <c>bench family</c>.</summary>
/// <param name="Name">The published recipe that flags change.</param>
/// <param name="Epochs">Passes over the training images.</param>
/// <param name="BatchSize">Images in a batch.</param>
/// <param name="LearningRate">Before it falls.</param>
/// <param name="Schedule">How it falls.</param>
/// <param name="Milestones">Epochs after which it is divided by 10; null where it falls otherwise.</param>
/// <param name="WarmUpEpochs">First epochs at a tenth of the rate.</param>
/// <param name="Momentum">Share of the last velocity that is kept.</param>
/// <param name="IsNesterov">Whether the momentum is Nesterov's.</param>
/// <param name="WeightDecay">On all parameters.</param>
/// <param name="Augmentation">What is done to a training image.</param>
/// <param name="Seed">Of initial weights, order, augmentation and dropout.</param>
/// <param name="MaxMinutes">Minutes that a model might take; null for any.</param>
internal sealed record FamilyRecipe(
    string Name, int Epochs, int BatchSize, double LearningRate, string Schedule, IReadOnlyList<int>? Milestones,
    int WarmUpEpochs, double Momentum, bool IsNesterov, double WeightDecay, string Augmentation, ulong Seed,
    double? MaxMinutes)
{
    /// <summary>What the settings of a run say.</summary>
    public static FamilyRecipe Of(Recipe recipe, TrainingSettings settings, double? maxMinutes) => new(
        recipe.Name, settings.Epochs, settings.BatchSize, settings.LearningRate,
        settings.LearningRateShape.ToString().ToLowerInvariant(), settings.Milestones, settings.WarmUpEpochs,
        settings.Sgd.Momentum, settings.Sgd.Nesterov, settings.Sgd.WeightDecay,
        settings.Augmentation.ToString().ToLowerInvariant(), settings.Seed, maxMinutes);

    /// <summary>The recipe in a sentence's words.</summary>
    public string Words => FormattableString.Invariant(
        $"recipe `{Name}`: {Epochs} epoch{(Epochs == 1 ? "" : "s")}, batch {BatchSize}, learning rate {LearningRate} {Falling}, ")
        + FormattableString.Invariant(
            $"{(IsNesterov ? "Nesterov momentum" : "momentum")} {Momentum}, weight decay {WeightDecay}, ")
        + $"augmentation {Augmentation}, seed {Seed}";

    private string Falling => (Milestones is null
            ? $"({Schedule})"
            : $"divided by 10 after the epochs {string.Join(" and ", Milestones)}")
        + (WarmUpEpochs > 0 ? $", {WarmUpEpochs} of warm-up first" : "");
}
