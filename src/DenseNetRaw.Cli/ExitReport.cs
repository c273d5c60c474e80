using System.Globalization;
using System.Text.Json;
using DenseNetRaw.Evaluation;
using Spectre.Console;

namespace DenseNetRaw.Cli;

/// <summary>What <c>densenet eval --exits</c> says.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="EvaluatedOn">The name of the images.</param>
/// <param name="Images">How many there are.</param>
/// <param name="BatchSize">Images in a batch, at most.</param>
/// <param name="Device">Device and what its times depend on.</param>
/// <param name="Measured">Images that times were measured on.</param>
internal sealed record ExitReport(
    string Model, string EvaluatedOn, int Images, int BatchSize, string Device, int Measured)
{
    /// <summary>Each exit as the last, if that was asked for.</summary>
    public IReadOnlyList<AnytimeExit>? Anytime { get; init; }

    /// <summary>Early exit, if that was asked for.</summary>
    public BudgetedExits? Budgeted { get; init; }

    /// <summary>The file that thresholds were read from; null if they were fitted here.</summary>
    public string? ThresholdsFile { get; init; }

    /// <summary>The weights that thresholds were fitted on; null where a file does not say.</summary>
    public WeightsIdentity? FittedOn { get; init; }

    /// <summary>
    /// The images that thresholds were fitted on, whether or not the network was trained on them; null if they were
    /// fitted on none.
    /// </summary>
    public HeldOut? Validation { get; init; }

    /// <summary>Writes it as one JSON document or as a table.</summary>
    public void Write(TextWriter output, bool asJson)
    {
        if (asJson)
        {
            output.WriteLine(JsonSerializer.Serialize(Document(), JsonOutput.Options));
        }
        else if (Anytime is not null)
        {
            output.WriteTable(AnytimeTable(Anytime));
            output.WriteText($"{Images:N0} images of {EvaluatedOn}. {Times()}");
        }
        else
        {
            output.WriteTable(BudgetTable(Budgeted!));
            output.WriteText(string.Create(
                CultureInfo.InvariantCulture,
                $"{Images:N0} images of {EvaluatedOn}. {Fitted()} Multiply-adds are the simulation's. {Times()}"));
        }
    }

    private object Document()
    {
        if (Anytime is not null)
        {
            return new { Exits = Anytime, Model, EvaluatedOn, Images, BatchSize, Device, MeasuredImages = Measured };
        }

        (IReadOnlyList<BudgetedExit> budgets, BudgetedExits.Whole allExits) = (Budgeted!.Budgets, Budgeted.AllExits);
        return new
        {
            budgets,
            allExits,
            FittedOn,
            Validation,
            Model,
            EvaluatedOn,
            Images,
            BatchSize,
            Device,
            MeasuredImages = Measured,
        };
    }

    private string Fitted() => Validation is null
        ? "Thresholds from a file."
        : string.Create(
            CultureInfo.InvariantCulture,
            $"Thresholds fitted on {Validation.Images:N0} training images without augmentation, those that 'train "
            + $"--validation {Validation.Images} --seed {Validation.Seed}' holds out.");

    private string Times() => Measured == 0
        ? "No times were measured."
        : string.Create(
            CultureInfo.InvariantCulture,
            $"Times are medians over the first {Measured:N0} images in batches of {BatchSize}, {Device}.");

    private static Table AnytimeTable(IReadOnlyList<AnytimeExit> exits)
    {
        Table table = ConsoleTables.New(
            ("exit", true), ("accuracy", true), ("ensemble", true), ("multiply-adds", true), ("ms/image", true),
            ("images/s", true));
        foreach (AnytimeExit exit in exits)
        {
            table.AddPlainRow(
                exit.Exit.ToString(CultureInfo.InvariantCulture), Percent(exit.Accuracy),
                Percent(exit.EnsembleAccuracy), Millions(exit.MultiplyAdds), Milliseconds(exit.MillisecondsPerImage),
                Rate(exit.ImagesPerSecond));
        }

        return table;
    }

    private static Table BudgetTable(BudgetedExits exits)
    {
        Table table = ConsoleTables.New(
            ("budget", true), ("multiply-adds", true), ("accuracy", true), ("ms/image", true), ("images/s", true),
            ("time", true), ("leave at exit 1, 2, …", false));
        foreach (BudgetedExit one in exits.Budgets)
        {
            table.AddPlainRow(
                one.Budget is { } budget ? Millions(budget) : $"q {one.Q.ToString("F2", CultureInfo.InvariantCulture)}",
                Millions(one.MultiplyAdds), Percent(one.Accuracy), Milliseconds(one.MillisecondsPerImage),
                Rate(one.ImagesPerSecond), one.TimeShare is { } share ? Percent(share) : "",
                string.Join(' ', one.Shares.Select(s => s.ToString("P0", CultureInfo.InvariantCulture))));
        }

        BudgetedExits.Whole all = exits.AllExits;
        table.AddPlainRow(
            "all exits", Millions(all.MultiplyAdds), Percent(all.Accuracy), Milliseconds(all.MillisecondsPerImage),
            Rate(all.ImagesPerSecond), all.MillisecondsPerImage is null ? "" : Percent(1), "");
        return table;
    }

    private static string Millions(double count) => (count / 1e6).ToString("N2", CultureInfo.InvariantCulture) + " M";

    private static string Percent(double share) => share.ToString("P2", CultureInfo.InvariantCulture);

    private static string Milliseconds(double? time) => time is { } value ? Units.Milliseconds(value) : "";

    private static string Rate(double? rate) =>
        rate is { } value ? value.ToString("N0", CultureInfo.InvariantCulture) : "";

    /// <summary>
    /// One sentence where thresholds may be of other weights or another normalisation, or where the network was trained
    /// on images that they were fitted on, or may have been: it is surer of those than of others. Null where nothing is
    /// in doubt.
    /// </summary>
    public string? Warning => Validation switch
    {
        null when ThresholdsFile is not null && FittedOn is null =>
            $"warning: {ThresholdsFile} does not say which weights its thresholds were fitted on, as old files do not; "
            + "they may be of others",
        null when ThresholdsFile is not null && FittedOn is { Mean: null } or { StandardDeviation: null } =>
            $"warning: {ThresholdsFile} does not say which mean and std its thresholds were fitted with, as old files "
            + "do not; they may be of others",
        { TrainedOn: true } =>
            "warning: the network was trained on images that the thresholds were fitted on, of which it is surer than "
            + "of others; expected --validation and --seed of a run that held them out",
        { TrainedOn: null } =>
            "warning: the network may have been trained on the images that the thresholds were fitted on; there is no "
            + "run's args.json with the weights that says it was not",
        _ => null,
    };

    /// <summary>Training images that are held out here, whether or not the network's run did so too.</summary>
    /// <param name="Name">What they are of.</param>
    /// <param name="Images">How many there are.</param>
    /// <param name="Seed">Which ones.</param>
    /// <param name="TrainedOn">Whether the network was trained on some of them; null where nobody says.</param>
    internal sealed record HeldOut(string Name, int Images, ulong Seed, bool? TrainedOn);
}
