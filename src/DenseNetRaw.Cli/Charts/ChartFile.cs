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
    public static void Write(string path, IPlotModel chart, double width, double height) =>
        WholeFile.Write(path, stream =>
        {
            using SvgCanvas svg = new(stream, width, height);
            chart.Update(true);
            chart.Render(svg, new OxyRect(0, 0, width, height));
            svg.Complete();
            svg.Flush();
        });
}
