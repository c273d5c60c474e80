using DenseNetRaw.Serialization;

namespace DenseNetRaw.Cli.Charts;

/// <summary>A folder of timelines: of each strategy the data and the picture.</summary>
internal static class TimelineFolder
{
    /// <summary>What the files are called.</summary>
    public const string Names = "timeline-*.json and .svg";

    /// <summary>Writes each timeline as JSON and as SVG, whole or not at all.</summary>
    /// <exception cref="ArgumentException">The folder has no name.</exception>
    /// <exception cref="IOException">The folder cannot be made or written.</exception>
    public static void Write(string folder, IEnumerable<Timeline> timelines)
    {
        if (string.IsNullOrWhiteSpace(folder))
        {
            throw new ArgumentException("--timeline: expected a folder's name, found none");
        }

        try
        {
            Directory.CreateDirectory(folder);
            foreach (Timeline timeline in timelines)
            {
                string path = Path.Combine(folder, $"timeline-{timeline.Strategy}");
                WholeFile.Write($"{path}.json", stream => TimelineJson.Write(timeline, stream));
                WholeFile.Write($"{path}.svg", stream => TimelineChart.Write(timeline, stream));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{folder}: expected a folder that --timeline can write to, found: {e.Message}", e);
        }
    }
}
