using System.Text.Json;
using System.Text.Json.Nodes;
using DenseNetRaw.Models;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli.Report;

/// <summary>
/// What a run folder says of its run: arguments, metrics, and the times of a step where they were taken.
/// </summary>
internal sealed class RunRecord
{
    /// <summary>What is shown for a value that is not there.</summary>
    public const string Unknown = "–";

    private static readonly JsonSerializerOptions Strict =
        new(JsonOutput.Options) { RespectRequiredConstructorParameters = true };

    private readonly JsonObject _arguments;

    private RunRecord(string folder, JsonObject arguments)
    {
        (Folder, _arguments) = (folder, arguments);
        Metrics = RunMetrics.Read(folder);
        Profile = StepProfile.TryRead(folder);
        Model = Required<ModelConfiguration>("model");
        Memory = Required<PlannedMemory>("memory");
        BatchSize = Positive("batch-size");
    }

    /// <summary>The folder, in full.</summary>
    public string Folder { get; }

    /// <summary>The folder's own name.</summary>
    public string Name => Path.GetFileName(Folder);

    /// <summary>Losses, accuracies, times.</summary>
    public RunMetrics Metrics { get; }

    /// <summary>Times of a step's calls; null where none were taken.</summary>
    public StepProfile? Profile { get; }

    /// <summary>The network.</summary>
    public ModelConfiguration Model { get; }

    /// <summary>
    /// Classifiers that an evaluation asks, the sum of whose losses is the run's. Those of deep supervision are asked
    /// while training alone.
    /// </summary>
    public int Exits => Model is MsdNetConfiguration several ? several.Blocks : 1;

    /// <summary>What the session's memory was planned to be.</summary>
    public PlannedMemory Memory { get; }

    /// <summary>The folder of the images in full, however <c>--data</c> spelled it; null where not said.</summary>
    public string? DataPath =>
        At("data", "path") is { } path ? Path.TrimEndingDirectorySeparator(InWords(path)) : null;

    /// <summary>Images in a step.</summary>
    public int BatchSize { get; }

    /// <summary>The device, as <c>--device</c> names it.</summary>
    public string Device => Text("device", "name");

    /// <summary>What the images of the evaluations are.</summary>
    public string Evaluation => Value("validation") is null ? "test" : "validation";

    /// <summary>The epoch of the best accuracy, the earliest of equals; null where no epoch ended.</summary>
    public EpochMetrics? Best => Metrics.Epochs.MaxBy(epoch => epoch.TestAccuracy);

    /// <summary>The last epoch that was evaluated; null where none ended.</summary>
    public EpochMetrics? Last => Metrics.Epochs.Count > 0 ? Metrics.Epochs[^1] : null;

    /// <summary>Wall-clock time of the steps, evaluations left out.</summary>
    public TimeSpan StepTime => TimeSpan.FromMilliseconds(Metrics.Steps.Sum(step => step.Milliseconds));

    /// <summary>Median of the epochs' training images per second; null where no epoch ended.</summary>
    public double? ImagesPerSecond => Metrics.Epochs.Count == 0
        ? null
        : Metrics.Epochs.Select(epoch => epoch.ImagesPerSecond).Order().ElementAt(Metrics.Epochs.Count / 2);

    /// <summary>The arguments with their origin, in the order of the file.</summary>
    public IReadOnlyList<(string Name, string Value, string From)> Arguments =>
    [
        .. (_arguments["arguments"] as JsonObject ?? []).Select(argument => (
            argument.Key, InWords((argument.Value as JsonObject)?["value"]),
            InWords((argument.Value as JsonObject)?["from"]))),
    ];

    /// <summary>Reads a run folder.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">It lacks one of the files.</exception>
    /// <exception cref="InvalidDataException">A file is not what a run leaves.</exception>
    public static RunRecord Read(string folder)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"{folder}: expected a run folder, found none");
        string path = Path.Combine(folder, RunFolder.ArgumentsFile);
        try
        {
            return JsonNode.Parse(ReadText(path)) is JsonObject arguments
                ? new RunRecord(Path.GetFullPath(Path.TrimEndingDirectorySeparator(folder)), arguments)
                : throw new JsonException("no object");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new InvalidDataException(
                $"{path}: expected the arguments of a run as JSON, found {JsonFault.InWords(e)}", e);
        }
    }

    /// <summary>The value of an argument; null where it has none.</summary>
    public JsonNode? Value(string argument) => At("arguments", argument, "value");

    /// <summary>A value of the document in words, by the names on the way to it.</summary>
    public string Text(params ReadOnlySpan<string> path) => InWords(At(path));

    /// <summary>What stands at that place; null where nothing does.</summary>
    public JsonNode? At(params ReadOnlySpan<string> path)
    {
        JsonNode? at = _arguments;
        foreach (string name in path)
            at = (at as JsonObject)?[name];
        return at;
    }

    /// <summary>The text of a file that a run folder must have.</summary>
    /// <exception cref="FileNotFoundException">It has none.</exception>
    internal static string ReadText(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: expected this file of a run folder, found none");

        // The run may be going on, and write it.
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }

    private static string InWords(JsonNode? value) => value switch
    {
        null => Unknown,
        JsonArray list => string.Join(", ", list.Select(InWords)),
        JsonValue text when text.TryGetValue(out string? words) => words,
        _ => value.ToJsonString(),
    };

    private T Required<T>(string name) =>
        _arguments[name].Deserialize<T>(Strict) ?? throw new JsonException($"no \"{name}\"");

    private int Positive(string argument) =>
        Value(argument) is JsonValue value && value.TryGetValue(out int number) && number >= 1
            ? number
            : throw new JsonException($"no \"{argument}\" of at least 1");
}
