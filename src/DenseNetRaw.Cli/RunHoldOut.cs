using System.Text.Json;
using System.Text.Json.Nodes;
using DenseNetRaw.Data;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary>What the <c>args.json</c> of a run says of the images that it was trained on.</summary>
internal sealed class RunHoldOut
{
    private readonly JsonNode _document;

    private RunHoldOut(JsonNode document) => _document = document;

    /// <summary>Of the run in whose folder weights lie, or in a checkpoint of it; null elsewhere.</summary>
    /// <param name="weights">The path of the weights' file.</param>
    public static RunHoldOut? Of(string weights)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(weights))!;
        string run = CheckpointFolder.RunFolderOf(folder) ?? folder;
        return RunFolder.IsIn(run) ? Read(Path.Combine(run, RunFolder.ArgumentsFile)) : null;
    }

    /// <summary>
    /// Whether the run was trained on any of the images that <see cref="ImageDataset.HoldOut"/> sets aside; null where
    /// that cannot be known: the run had other images, or began with weights that had been trained before.
    /// </summary>
    /// <param name="training">All training images.</param>
    /// <param name="count">How many are set aside.</param>
    /// <param name="seed">Which ones.</param>
    public bool? WereTrainedOn(ImageDataset training, int count, ulong seed)
    {
        int heldOut = Value<int>("arguments", "validation", "value") ?? 0;
        if (heldOut < 0 || heldOut >= training.Count
            || Value<int>("data", "trainingImages") + heldOut != training.Count
            || (At("data", "training") as JsonValue)?.ToString() != training.Name)
        {
            return null;
        }

        int[] ofRun = Value<ulong>("arguments", "seed", "value") is { } seedOfRun
            ? ImageDataset.HeldOutIndices(training.Count, heldOut, seedOfRun)
            : [];
        if (ImageDataset.HeldOutIndices(training.Count, count, seed).Except(ofRun).Any())
            return true;
        return At("arguments", "init", "value") is null ? false : null;
    }

    /// <summary>A damaged file says nothing, but the weights can still be evaluated.</summary>
    private static RunHoldOut? Read(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) is { } document ? new RunHoldOut(document) : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private T? Value<T>(params ReadOnlySpan<string> path)
        where T : struct =>
        At(path) is JsonValue value && value.TryGetValue(out T number) ? number : null;

    private JsonNode? At(params ReadOnlySpan<string> path)
    {
        JsonNode? at = _document;
        foreach (string name in path)
            at = (at as JsonObject)?[name];
        return at;
    }
}
