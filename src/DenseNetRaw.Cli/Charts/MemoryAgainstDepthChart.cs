using System.Globalization;
using DenseNetRaw.Cli.Benchmarks;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace DenseNetRaw.Cli.Charts;

/// <summary>
/// Memory of a training step against depth, both on scales of powers of two, so that a power law is a straight line and
/// its exponent the slope. A line for each strategy as planned, discs where it was measured, hollow marks for what was
/// published.
/// </summary>
internal static class MemoryAgainstDepthChart
{
    private const int MebibytesOfAGibibyte = 1024;
    private const double MarkerSize = 4.5;
    private const string OurGroup = "DenseNetRaw";
    private const string PublishedGroup = "Pleiss et al. 2017, figure 4";

    /// <summary>The picture.</summary>
    /// <param name="sweep">A result for each depth and strategy.</param>
    /// <param name="published">Curves to lay over them.</param>
    /// <param name="network">What is swept: growth rate and batch.</param>
    public static PlotModel New(
        IReadOnlyList<DepthResult> sweep, IReadOnlyList<PublishedMemory> published, string network)
    {
        PlotModel plot = ChartStyle.NewPlot($"Memory of a training step against depth: {network}");
        plot.Axes.Add(NewAxis(AxisPosition.Bottom, "depth, layers"));
        if (published.Count > 0)
            plot.Subtitle = "ours: the arena; published: a whole process on a GPU, its GB drawn as GiB";
        LogarithmicAxis memory = NewAxis(AxisPosition.Left, published.Count > 0 ? "memory" : "arena");
        memory.LabelFormatter = MemoryLabel;
        plot.Axes.Add(memory);
        plot.Legends.Add(ChartStyle.NewLegend(LegendPosition.RightTop));
        foreach (IGrouping<string, DepthResult> strategy in sweep.GroupBy(result => result.Memory))
            plot.Series.Add(PlannedLine(strategy));
        foreach (IGrouping<string, DepthResult> strategy in sweep.GroupBy(result => result.Memory))
            plot.Series.Add(MeasuredDiscs(strategy, strategy.Key == sweep[0].Memory ? "measured (all colours)" : null));
        if (published.Count > 0)
            plot.Series.Add(NewGapInLegend());
        foreach (PublishedMemory curve in published)
            plot.Series.Add(PublishedMarks(curve));
        return plot;
    }

    private static LogarithmicAxis NewAxis(AxisPosition position, string title) => new LogarithmicAxis
    {
        Position = position,
        Base = 2,
        MinimumPadding = 0.04,
        MaximumPadding = 0.04,
    }.WithGrid(title);

    private static LineSeries PlannedLine(IGrouping<string, DepthResult> strategy)
    {
        LineSeries line = new()
        {
            Title = $"{strategy.Key}, planned",
            SeriesGroupName = OurGroup,
            Color = ChartStyle.ColorOf(strategy.Key),
            StrokeThickness = 2.2,
        };
        line.Points.AddRange(strategy.Select(result => new DataPoint(result.Depth, Mebibytes(result.PeakBytes))));
        return line;
    }

    private static ScatterSeries MeasuredDiscs(IGrouping<string, DepthResult> strategy, string? title)
    {
        ScatterSeries discs = new()
        {
            Title = title,
            SeriesGroupName = OurGroup,
            MarkerType = MarkerType.Circle,
            MarkerFill = ChartStyle.ColorOf(strategy.Key),
            MarkerSize = MarkerSize,
        };
        foreach (DepthResult result in strategy)
        {
            if (result.Measured is { } measured)
                discs.Points.Add(new ScatterPoint(result.Depth, Mebibytes(measured.ResidentBytes)));
        }

        return discs;
    }

    /// <summary>An empty line between the two groups of the legend.</summary>
    private static LineSeries NewGapInLegend() =>
        new() { Title = " ", SeriesGroupName = OurGroup, Color = OxyColors.Transparent };

    private static LineSeries PublishedMarks(PublishedMemory curve)
    {
        OxyColor color = ChartStyle.ColorOf(curve.Memory);
        LineSeries marks = new()
        {
            Title = curve.Name,
            SeriesGroupName = PublishedGroup,
            Color = OxyColor.FromAColor(0x90, color),
            LineStyle = LineStyle.Dot,
            StrokeThickness = 1,
            MarkerType = curve.Framework == "PyTorch" ? MarkerType.Triangle : MarkerType.Square,
            MarkerFill = OxyColors.White,
            MarkerStroke = color,
            MarkerStrokeThickness = 1.6,
            MarkerSize = MarkerSize + 0.5,
        };
        marks.Points.AddRange(curve.Points.Select(
            point => new DataPoint(point.Depth, point.Gigabytes * MebibytesOfAGibibyte)));
        return marks;
    }

    private static double Mebibytes(long bytes) => bytes / Units.MebibyteBytes;

    private static string MemoryLabel(double mebibytes) => mebibytes < MebibytesOfAGibibyte
        ? mebibytes.ToString("0 MiB", CultureInfo.InvariantCulture)
        : (mebibytes / MebibytesOfAGibibyte).ToString("0 GiB", CultureInfo.InvariantCulture);
}
