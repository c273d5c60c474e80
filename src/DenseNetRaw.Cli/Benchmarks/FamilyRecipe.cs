using System.Text.Json.Serialization;
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
/// <param name="MaxSteps">Steps after which a model's training ended; null for none.</param>
/// <param name="Steps">Steps that all its epochs have.</param>
internal sealed record FamilyRecipe(
    string Name, int Epochs, int BatchSize, double LearningRate, string Schedule, IReadOnlyList<int>? Milestones,
    int WarmUpEpochs, double Momentum, bool IsNesterov, double WeightDecay, string Augmentation, ulong Seed,
    double? MaxMinutes, int? MaxSteps, long Steps)
{
    /// <summary>What the settings of a run on so many images say.</summary>
    public static FamilyRecipe Of(Recipe recipe, TrainingSettings settings, double? maxMinutes, int images) => new(
        recipe.Name, settings.Epochs, settings.BatchSize, settings.LearningRate,
        settings.LearningRateShape.ToString().ToLowerInvariant(), settings.Milestones, settings.WarmUpEpochs,
        settings.Sgd.Momentum, settings.Sgd.Nesterov, settings.Sgd.WeightDecay,
        settings.Augmentation.ToString().ToLowerInvariant(), settings.Seed, maxMinutes, settings.MaxSteps,
        (long)settings.Epochs * ((images + settings.BatchSize - 1) / settings.BatchSize));

    /// <summary>Whether <see cref="MaxSteps"/> ended every training before its last epoch was over.</summary>
    [JsonIgnore]
    public bool IsCutShort => MaxSteps < Steps;

    /// <summary>The recipe in a sentence's words.</summary>
    public string Words => FormattableString.Invariant(
        $"recipe `{Name}`: {Epochs} epoch{(Epochs == 1 ? "" : "s")}, batch {BatchSize}, ")
        + FormattableString.Invariant($"learning rate {LearningRate} {Falling}, ")
        + FormattableString.Invariant(
            $"{(IsNesterov ? "Nesterov momentum" : "momentum")} {Momentum}, weight decay {WeightDecay}, ")
        + $"augmentation {Augmentation}, seed {Seed}"
        + (MaxSteps is { } steps ? FormattableString.Invariant($", at most {steps} of {Steps} steps") : "");

    private string Falling => FallingOf(Milestones?.Where(milestone => milestone < Epochs).ToArray())
        + (WarmUpEpochs > 0 ? $", {WarmUpEpochs} of warm-up first" : "");

    private string FallingOf(int[]? milestones) => milestones switch
    {
        null => $"({Schedule})",
        [] => "to the end",
        [int only] => $"divided by 10 after epoch {only}",
        _ => $"divided by 10 after the epochs {string.Join(" and ", milestones)}",
    };
}
