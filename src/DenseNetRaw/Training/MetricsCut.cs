using System.Globalization;
using System.Text;
using System.Text.Json;

namespace DenseNetRaw.Training;

/// <summary>
/// Cuts the metrics files of a run back to a position of it: what came after is said again when the run goes on.
/// </summary>
internal static class MetricsCut
{
    /// <summary>Leaves of <c>metrics.jsonl</c> what was said up to the position.</summary>
    public static void Lines(string path, TrainingPosition position) =>
        Cut(path, (_, line) => IsLineOf(line, position));

    /// <summary>Leaves of <c>metrics.csv</c> the heading and the rows of epochs that were over by then.</summary>
    public static void Rows(string path, TrainingPosition position) => Cut(path, (number, line) => number == 0
        || (int.TryParse(line.Split(',')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int epoch)
            && epoch <= LastEpoch(position)));

    /// <summary>One call shortens the file at the first line that goes, so nothing can come between.</summary>
    private static void Cut(string path, Func<int, string, bool> isKept)
    {
        if (!File.Exists(path))
            return;
        long length = new FileInfo(path).Length, kept = 0;
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            // The last line of a killed process may lack its end.
            long end = kept + Encoding.UTF8.GetByteCount(line) + 1;
            if (end > length || !isKept(number++, line))
                break;
            kept = end;
        }

        if (kept < length)
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Write);
            stream.SetLength(kept);
            stream.Flush(flushToDisk: true);
        }
    }

    private static bool IsLineOf(string line, TrainingPosition position)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            return json.RootElement.GetProperty("kind").GetString() switch
            {
                "step" => json.RootElement.GetProperty("step").GetInt64() <= position.Step,
                "epoch" => json.RootElement.GetProperty("epoch").GetInt32() <= LastEpoch(position),
                _ => true,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return false;
        }
    }

    private static int LastEpoch(TrainingPosition position) => position.Last?.Epoch ?? 0;
}
