using System.Text.Json;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli.Report;

/// <summary>
/// What <c>metrics.jsonl</c> says. Of a step or an epoch that stands there twice, as after a resumed run, the later
/// line holds; a last line that was cut short, as by a kill, is left out.
/// </summary>
/// <param name="Epochs">In order.</param>
/// <param name="Steps">In order.</param>
internal sealed record RunMetrics(IReadOnlyList<EpochMetrics> Epochs, IReadOnlyList<StepMetrics> Steps)
{
    private static readonly JsonSerializerOptions Strict =
        new(JsonOutput.Options) { RespectRequiredConstructorParameters = true };

    /// <summary>Reads the file of a run folder.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">A line other than the last is none of a run's.</exception>
    public static RunMetrics Read(string folder)
    {
        string path = Path.Combine(folder, RunFolder.MetricsFile);
        string[] lines = RunRecord.ReadText(path).Split('\n');
        SortedDictionary<int, EpochMetrics> epochs = [];
        SortedDictionary<long, StepMetrics> steps = [];
        for (int i = 0; i < lines.Length; i++)
        {
            // What follows the last line feed is empty, or a line that was not finished.
            if (i == lines.Length - 1)
                break;
            try
            {
                Add(lines[i], epochs, steps);
            }
            catch (JsonException e)
            {
                throw new InvalidDataException(
                    $"{path}: expected a step or an epoch as JSON in line {i + 1}, found {JsonFault.InWords(e)}", e);
            }
        }

        return new RunMetrics([.. epochs.Values], [.. steps.Values]);
    }

    private static void Add(
        string line, SortedDictionary<int, EpochMetrics> epochs, SortedDictionary<long, StepMetrics> steps)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement json = document.RootElement;
        string? kind = json.ValueKind == JsonValueKind.Object && json.TryGetProperty("kind", out JsonElement found)
            && found.ValueKind == JsonValueKind.String
                ? found.GetString()
                : throw new JsonException("no \"kind\"");
        if (kind == "epoch")
        {
            EpochMetrics epoch = json.Deserialize<EpochMetrics>(Strict)!;
            epochs[epoch.Epoch] = epoch;
        }
        else if (kind == "step")
        {
            StepMetrics step = json.Deserialize<StepMetrics>(Strict)!;
            steps[step.Step] = step;
        }
    }
}
