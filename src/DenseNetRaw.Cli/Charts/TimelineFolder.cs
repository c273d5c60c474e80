using DenseNetRaw.Serialization;

namespace DenseNetRaw.Cli.Charts;

/// <summary>A folder of timelines: of each strategy the data and the picture.</summary>
internal static class TimelineFolder
{
    /// <summary>What the files are called.</summary>
    public const string Names = "timeline-*.json and .svg";

    /// <summary>Writes each timeline as JSON and as SVG, whole or not at all.</summary>
    /// <param name="flag">The flag that names the folder.</param>
    /// <param name="folder">Made if it is not there.</param>
    /// <param name="timelines">Of a strategy each.</param>
    /// <exception cref="ArgumentException">The folder has no name.</exception>
    /// <exception cref="IOException">The folder cannot be made or written.</exception>
    public static void Write(string flag, string folder, IEnumerable<Timeline> timelines)
    {
        FlagOutput.MakeFolder(flag, folder);
        FlagOutput.ToFolder(flag, folder, () =>
        {
            foreach (Timeline timeline in timelines)
            {
                string path = Path.Combine(folder, $"timeline-{timeline.Strategy}");
                WholeFile.Write($"{path}.json", stream => TimelineJson.Write(timeline, stream));
                WholeFile.Write($"{path}.svg", stream => TimelineChart.Write(timeline, stream));
            }
        });
    }
}
