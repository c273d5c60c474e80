using System.Text;
using System.Text.Json;
using DenseNetRaw.Cli.Charts;
using DenseNetRaw.Serialization;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>Writes what <c>bench family</c> found into a folder: JSON, tables and a picture an axis.</summary>
internal static class FamilyBenchFiles
{
    private const double Width = 900;
    private const double Height = 560;

    private static readonly JsonSerializerOptions Indented = new(JsonOutput.Options) { WriteIndented = true };

    /// <summary>Writes the files, each whole or not at all, over those of an earlier run.</summary>
    /// <param name="results">What was found.</param>
    /// <param name="page">It as Markdown.</param>
    /// <param name="folder">An existing folder.</param>
    /// <returns>Their paths.</returns>
    public static IReadOnlyList<string> Write(FamilyBenchResults results, string page, string folder)
    {
        List<string> written = [Path.Combine(folder, "family.json"), Path.Combine(folder, "family.md")];
        WriteText(written[0], JsonSerializer.Serialize(results, Indented) + "\n");
        WriteText(written[1], page);
        foreach (FamilyAxis axis in FamilyAxis.Of(results))
        {
            string picture = Path.Combine(folder, axis.FileName);
            ChartFile.Write(
                picture, ErrorChart.New(axis.Curves, $"Test error against {axis.Subject}", axis.Title, axis.Label),
                Width, Height);
            written.Add(picture);
        }

        return written;
    }

    private static void WriteText(string path, string text) =>
        WholeFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n"))));
}
