using System.Text;
using System.Text.Json;
using DenseNetRaw.Cli.Charts;
using DenseNetRaw.Serialization;
using OxyPlot;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>Writes what <c>bench memory</c> found into a folder: JSON, tables and two pictures.</summary>
internal static class MemoryBenchFiles
{
    private static readonly JsonSerializerOptions Indented = new(JsonOutput.Options) { WriteIndented = true };

    /// <summary>Writes the four files, each whole or not at all.</summary>
    /// <param name="results">What was found.</param>
    /// <param name="page">It as Markdown.</param>
    /// <param name="folder">An existing folder.</param>
    /// <returns>Their paths.</returns>
    public static IReadOnlyList<string> Write(MemoryBenchResults results, string page, string folder)
    {
        string json = Path.Combine(folder, $"{results.Date}-memory.json");
        string markdown = Path.Combine(folder, $"{results.Date}-memory.md");
        string depth = Path.Combine(folder, "memory-against-depth.svg");
        string time = Path.Combine(folder, "time-per-strategy.svg");
        WriteText(json, JsonSerializer.Serialize(results, Indented) + "\n");
        WriteText(markdown, page);
        ChartFile.Write(depth, SweepChart(results), width: 1000, height: 640);
        ChartFile.Write(time, TimeChart(results), width: 860, height: 600);
        return [json, markdown, depth, time];
    }

    private static PlotModel SweepChart(MemoryBenchResults results) => MemoryAgainstDepthChart.New(
        results.Results, results.IsSweepPublished ? PublishedMemory.Figure4 : [],
        $"DenseNet-BC, growth rate {results.GrowthRate}, batch {results.Results[0].BatchSize}");

    private static PlotModel TimeChart(MemoryBenchResults results) => TimePerStrategyChart.New(
        results.Times, results.IsTimePublished ? PublishedTime.Figure5 : [], results.Machine.Split(',')[0]);

    private static void WriteText(string path, string text) =>
        WholeFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n"))));
}
