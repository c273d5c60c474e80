using System.Globalization;
using System.Text.Json.Nodes;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli.Report;

/// <summary>How far a run came, by its files.</summary>
internal static class RunStatus
{
    /// <summary>In words, such as "finished, 400 steps" or "stopped by a signal after step 12 of 400".</summary>
    public static string Of(RunRecord run)
    {
        StepMetrics? last = run.Metrics.Steps.Count > 0 ? run.Metrics.Steps[^1] : null;
        long? planned = PlannedSteps(run);
        string of = planned is { } known ? $" of {Whole(known)}" : "";
        if (RunFailure.TryRead(run.Folder, last?.Step ?? 0) is { } failure)
            return $"ended: {failure.Message}";
        if (last is null)
            return $"not finished: no step{of} has ended";
        if (last.Step >= planned && run.Last?.Epoch == last.Epoch)
            return $"finished, {Headline.Count(last.Step, "step")}";
        return IsSavedAfter(run, last.Step)
            ? $"stopped by a signal after step {Whole(last.Step)}{of}"
            : $"not finished: step {Whole(last.Step)}{of}; still running, killed, or ended by an error";
    }

    private static long? PlannedSteps(RunRecord run)
    {
        if (Number(run.Value("epochs")) is not { } epochs || Number(run.At("data", "trainingImages")) is not { } images)
            return null;
        long all = epochs * ((images + run.BatchSize - 1) / run.BatchSize);
        return Number(run.Value("max-steps")) is { } most ? Math.Min(all, most) : all;
    }

    /// <summary>
    /// Whether final weights and a checkpoint of that step are there: the first are written at the end of a run that
    /// no error ended, the second tells that end from one that the run has gone on from since.
    /// </summary>
    private static bool IsSavedAfter(RunRecord run, long step) =>
        File.Exists(Path.Combine(run.Folder, RunFolder.WeightsFile))
        && new CheckpointFolder(run.Folder).Folders is [.., string newest]
        && long.TryParse(
            Path.GetFileName(newest).Split('-')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out long saved)
        && saved == step;

    private static long? Number(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue(out long number) ? number : null;

    private static string Whole(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
