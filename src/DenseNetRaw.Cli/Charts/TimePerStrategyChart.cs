using System.Globalization;
using DenseNetRaw.Cli.Benchmarks;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace DenseNetRaw.Cli.Charts;

/// <summary>
/// Time of a training step for each strategy, relative to <c>naive</c>: ours with quartiles, and below each what was
/// published of it.
/// </summary>
internal static class TimePerStrategyChart
{
    private const double BarHeight = 0.26;
    private const double LabelGap = 6;

    private static readonly OxyColor OurColor = ChartStyle.ColorOf("slab");
    private static readonly OxyColor LuaColor = OxyColor.FromRgb(0xE6, 0x9F, 0);
    private static readonly OxyColor PyTorchColor = OxyColor.FromRgb(0xC0, 0xC0, 0xC0);

    /// <summary>The picture.</summary>
    /// <param name="times">A result for each strategy.</param>
    /// <param name="published">Times to set beside them.</param>
    /// <param name="processor">What ours was timed on.</param>
    public static PlotModel New(
        IReadOnlyList<TimeResult> times, IReadOnlyList<PublishedTime> published, string processor)
    {
        TimeResult first = times[0];
        PlotModel plot = ChartStyle.NewPlot($"Time of a training step: {first.Model}, batch {first.BatchSize}");
        CategoryAxis strategies = new()
        {
            Position = AxisPosition.Left,
            StartPosition = 1,
            EndPosition = 0,
            MajorTickSize = 0,
        };
        strategies.Labels.AddRange(times.Select(time => time.Memory));
        plot.Axes.Add(strategies);
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Minimum = 0, MaximumPadding = 0.2 }
            .WithGrid(
                $"time of a step ÷ time with {first.RelativeTo} (ours: {processor}, {first.Threads} threads"
                + (published.Count > 0 ? $"; published: {PublishedTime.Processor})" : ")")));
        plot.Legends.Add(ChartStyle.NewLegend(LegendPosition.BottomCenter));
        RectangleBarSeries ours = NewBars("DenseNetRaw (lines: quartiles)", OurColor);
        RectangleBarSeries lua = NewBars("Lua Torch, published", LuaColor);
        RectangleBarSeries pyTorch = NewBars("PyTorch, published (÷ Lua Torch’s naive)", PyTorchColor);
        List<LineSeries> whiskers = [];
        for (int i = 0; i < times.Count; i++)
        {
            TimeResult time = times[i];
            PublishedTime[] others = [.. published.Where(other => other.Memory == time.Memory)];
            double top = i - (others.Length / 2.0 * BarHeight);
            whiskers.Add(NewWhisker(time.RatioQuartiles, top));
            AddBar(plot, ours, time.Ratio, top, Math.Max(time.Ratio, time.RatioQuartiles[1]), Label(time));
            for (int bar = 0; bar < others.Length; bar++)
            {
                RectangleBarSeries series = others[bar].Framework == "PyTorch" ? pyTorch : lua;
                double ratio = others[bar].Ratio;
                AddBar(plot, series, ratio, top + ((bar + 1) * BarHeight), ratio, Label(ratio));
            }
        }

        foreach (RectangleBarSeries series in new[] { ours, lua, pyTorch }.Where(series => series.Items.Count > 0))
            plot.Series.Add(series);
        whiskers.ForEach(plot.Series.Add);
        return plot;
    }

    private static RectangleBarSeries NewBars(string title, OxyColor color) => new()
    {
        Title = title,
        FillColor = color,
        StrokeThickness = 0,
    };

    private static LineSeries NewWhisker(IReadOnlyList<double> quartiles, double y)
    {
        LineSeries whisker = new() { Color = OxyColors.Black, StrokeThickness = 1.5 };
        whisker.Points.AddRange(quartiles.Select(quartile => new DataPoint(quartile, y)));
        return whisker;
    }

    private static void AddBar(
        PlotModel plot, RectangleBarSeries series, double ratio, double y, double end, string label)
    {
        const double Half = BarHeight * 0.46;
        series.Items.Add(new RectangleBarItem(0, y - Half, ratio, y + Half));
        plot.Annotations.Add(new TextAnnotation
        {
            Text = label,
            TextPosition = new DataPoint(end, y),
            Offset = new ScreenVector(LabelGap, 0),
            TextHorizontalAlignment = HorizontalAlignment.Left,
            TextVerticalAlignment = VerticalAlignment.Middle,
            StrokeThickness = 0,
        });
    }

    private static string Label(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Label(TimeResult time) =>
        $"{Label(time.Ratio)} ({Units.Milliseconds(time.Milliseconds)} ms)";
}
