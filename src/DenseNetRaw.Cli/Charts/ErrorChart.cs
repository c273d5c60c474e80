using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace DenseNetRaw.Cli.Charts;

/// <summary>
/// Test error against what a model costs, on a logarithmic scale, as the papers draw it: a mark for each model, and a line
/// through its exits where it has several.
/// </summary>
internal static class ErrorChart
{
    private const double MarkerSize = 6;
    private const double PercentOfOne = 100;

    private static readonly MarkerType[] Markers =
        [MarkerType.Circle, MarkerType.Square, MarkerType.Triangle, MarkerType.Diamond];

    /// <summary>The picture.</summary>
    /// <param name="curves">The models.</param>
    /// <param name="subject">What is compared, in words.</param>
    /// <param name="cost">The title of the axis of costs.</param>
    /// <param name="label">Writes a cost.</param>
    public static PlotModel New(
        IReadOnlyList<ErrorCurve> curves, string subject, string cost, Func<double, string> label)
    {
        PlotModel plot = ChartStyle.NewPlot(subject);
        double[] costs = [.. curves.SelectMany(curve => curve.Points).Select(point => point.Cost)];
        plot.Axes.Add(new RoundNumbersAxis(costs.Min(), costs.Max())
        {
            Position = AxisPosition.Bottom,
            LabelFormatter = label,
        }.WithGrid(cost));
        plot.Axes.Add(new LinearAxis
        {
            Position = AxisPosition.Left,
            MinimumPadding = 0.08,
            MaximumPadding = 0.08,
        }.WithGrid("test error, %"));
        plot.Legends.Add(ChartStyle.NewLegend(LegendPosition.RightTop));
        for (int i = 0; i < curves.Count; i++)
            plot.Series.Add(Line(curves[i], ChartStyle.ColorOf(i), Markers[i % Markers.Length]));
        return plot;
    }

    private static LineSeries Line(ErrorCurve curve, OxyColor color, MarkerType marker)
    {
        LineSeries line = new()
        {
            Title = curve.Name,
            Color = color,
            LineStyle = curve.Points.Count > 1 ? LineStyle.Solid : LineStyle.None,
            StrokeThickness = 2,
            MarkerType = marker,
            MarkerFill = color,
            MarkerSize = MarkerSize,
        };
        line.Points.AddRange(curve.Points.Select(point => new DataPoint(point.Cost, PercentOfOne * point.Error)));
        return line;
    }
}
