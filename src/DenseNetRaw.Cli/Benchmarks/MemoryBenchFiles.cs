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

    private static PlotModel SweepChart(MemoryBenchResults results)
    {
        bool isPublished = results.IsSweepPublished;
        string network = $"DenseNet-BC, growth rate {results.GrowthRate}, batch {results.Results[0].BatchSize}: arena";
        return MemoryAgainstDepthChart.New(
            results.Results, isPublished ? PublishedMemory.Figure4 : [],
            isPublished ? $"{network}; published: whole process on a GPU, its GB drawn as GiB" : network);
    }

    private static PlotModel TimeChart(MemoryBenchResults results)
    {
        TimeResult first = results.Times[0];
        bool isPublished = results.IsTimePublished;
        string processor = results.Machine.Split(',')[0];
        string step = $"{first.Model}, batch {first.BatchSize}: {processor}, {first.Threads} threads";
        return TimePerStrategyChart.New(
            results.Times, isPublished ? PublishedTime.Figure5 : [],
            isPublished ? $"{step}; published: Titan X (Maxwell), Pleiss et al. 2017, figure 5" : step);
    }

    private static void WriteText(string path, string text) =>
        WholeFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n"))));
}
