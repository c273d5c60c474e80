using DenseNetRaw.Serialization;
using OxyPlot;

namespace DenseNetRaw.Cli.Charts;

/// <summary>Writes pictures as SVG; the same data give the same bytes.</summary>
internal static class ChartFile
{
    /// <summary>Writes the picture whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="chart">The picture.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    public static void Write(string path, PlotModel chart, double width, double height)
    {
        SvgExporter exporter = new()
        {
            Width = width,
            Height = height,
            TextMeasurer = new PixelTextMeasurer(width, height),
            UseVerticalTextAlignmentWorkaround = true,
        };
        WholeFile.Write(path, stream => exporter.Export(chart, stream));
    }
}
