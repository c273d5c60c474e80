using System.Globalization;
using System.Text.Json;
using DenseNetRaw.Training;
using Spectre.Console;

namespace DenseNetRaw.Cli;

/// <summary>What is said at the end of a run: accuracy, time, memory, and where it lies.</summary>
/// <param name="Summary">The run.</param>
/// <param name="Session">The session it trained.</param>
/// <param name="Folder">The run folder.</param>
/// <param name="Evaluation">What the images of the evaluations are: test or validation.</param>
/// <param name="StepsBefore">Steps of sessions before this one, whose time is not in the summary.</param>
internal sealed record TrainingOutcome(
    TrainingSummary Summary, Session Session, string Folder, string Evaluation, long StepsBefore)
{
    /// <summary>Steps that were played in the time of the summary.</summary>
    private long StepsOfSession => Summary.Steps - StepsBefore;

    /// <summary>One JSON document.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new
        {
            RunFolder = Folder,
            Stopped = Summary.IsStopped,
            Summary.Steps,
            StepsOfSession,
            Epochs = Summary.Last?.Epoch ?? 0,
            Summary.Last?.TrainLoss,
            Summary.Last?.TrainAccuracy,
            Summary.Last?.TestLoss,
            Summary.Last?.TestAccuracy,
            BestEpoch = Summary.Best?.Epoch,
            BestTestAccuracy = Summary.Best?.TestAccuracy,
            Seconds = Summary.Elapsed.TotalSeconds,
            Summary.Last?.ImagesPerSecond,
            Summary.PeakBytes,
            StateBytes = Session.Parameters.Bytes,
            ProcessPeakBytes = Units.ProcessPeakBytes(),
        },
        JsonOutput.Options);

    /// <summary>A table for people.</summary>
    public void Write(TextWriter output)
    {
        Table table = ConsoleTables.New((Summary.IsStopped ? "stopped" : "trained", false), ("", true)).HideHeaders();
        if (Summary.Last is { } last && Summary.Best is { } best)
        {
            table.AddPlainRow($"{Evaluation} accuracy", Text($"{last.TestAccuracy:P2}"));
            table.AddPlainRow($"best {Evaluation} accuracy", Text($"{best.TestAccuracy:P2} (epoch {best.Epoch})"));
            table.AddPlainRow($"{Evaluation} loss", Text($"{last.TestLoss:F4}"));
            table.AddPlainRow("train accuracy", Text($"{last.TrainAccuracy:P2}"));
            table.AddPlainRow("images/s", Text($"{last.ImagesPerSecond:N1}"));
        }

        table.AddPlainRow(StepsBefore > 0 ? "time of this session" : "time", Units.Time(Summary.Elapsed));
        table.AddPlainRow(
            "steps",
            StepsBefore > 0
                ? Text($"{Summary.Steps:N0} ({StepsOfSession:N0} of this session)")
                : Text($"{Summary.Steps:N0}"));
        table.AddPlainRow("memory of a step, planned", Units.Mebibytes(Summary.PeakBytes));
        table.AddPlainRow("parameters, gradients, momentum", Units.Mebibytes(Session.Parameters.Bytes));
        table.AddPlainRow("memory of the process, peak", Units.Mebibytes(Units.ProcessPeakBytes()));
        output.WriteTable(table);
        string folder = VisibleText.Of(Folder);
        output.WriteLine(Summary.IsStopped
            ? $"stopped; weights so far in {folder}; to go on: densenet train --resume {folder}"
            : $"run folder: {folder}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
