using System.Globalization;
using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace DenseNetRaw.Cli.Charts;

/// <summary>
/// A timeline as a picture of two panels over the calls of the step: the bytes live by category, and the arena as a map
/// in which every life is a rectangle.
/// </summary>
internal sealed class TimelineChart
{
    private const double LivePanelHeight = 400, ArenaPanelHeight = 440;
    private const double LabelGap = 6;
    private const double MapLineThickness = 0.5;

    /// <summary>What is lower than this share of the arena gets no white outline: one would see nothing else.</summary>
    private const double LeastOutlined = 0.01;

    /// <summary>Room above the planned peak for what is written there, as a share of the peak.</summary>
    private const double Headroom = 0.15;

    private static readonly OxyColor LineColor = OxyColor.FromRgb(34, 34, 34);
    private static readonly OxyColor LabelBackground = OxyColor.FromAColor(170, OxyColors.White);
    private static readonly OxyColor MapLineColor = OxyColor.FromAColor(160, OxyColors.White);

    private readonly Timeline _timeline;
    private readonly MemoryPlan _plan;

    private TimelineChart(Timeline timeline) => (_timeline, _plan) = (timeline, timeline.Plan);

    /// <summary>Writes the picture as SVG.</summary>
    public static void Write(Timeline timeline, Stream stream)
    {
        TimelineChart chart = new(timeline);
        TimelinePanels.WriteSvg(stream, (chart.LivePanel(), LivePanelHeight), (chart.ArenaPanel(), ArenaPanelHeight));
    }

    /// <summary>
    /// Okabe and Ito's colours, which colour-blind readers can tell apart (jfly.uni-koeln.de/color), and a grey.
    /// </summary>
    private static OxyColor ColorOf(StorageRole role) => role switch
    {
        StorageRole.Input or StorageRole.Labels => OxyColor.FromRgb(153, 153, 153),
        StorageRole.Feature => OxyColor.FromRgb(0, 114, 178),
        StorageRole.Concatenation => OxyColor.FromRgb(86, 180, 233),
        StorageRole.Bottleneck => OxyColor.FromRgb(0, 158, 115),
        StorageRole.Normalised => OxyColor.FromRgb(240, 228, 66),
        StorageRole.FeatureGradient => OxyColor.FromRgb(213, 94, 0),
        StorageRole.Scratch => OxyColor.FromRgb(230, 159, 0),
        StorageRole.Workspace => OxyColor.FromRgb(204, 121, 167),
        _ => OxyColor.FromRgb(0, 0, 0),
    };

    private PlotModel LivePanel()
    {
        PlotModel panel = NewPanel(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{_timeline.Model}, batch of {_timeline.BatchSize}, {_timeline.Strategy}, {_timeline.Device} device"),
            "Bytes live during each call of a training step",
            "live, MiB",
            (1 + Headroom) * _plan.PeakBytes);
        AddAreas(panel);
        (double peak, double lowerBound) = (Mebibytes(_plan.PeakBytes), Mebibytes(_plan.LowerBoundBytes));
        AddLine(panel, LineAnnotationType.Horizontal, peak, LineStyle.Solid);
        bool isLowest = _plan.PeakBytes == _plan.LowerBoundBytes;
        AddLabel(
            panel, _plan.Calls.Count, peak, $"planned peak{(isLowest ? " = lower bound" : "")} {Words(peak)}",
            HorizontalAlignment.Right, VerticalAlignment.Bottom);
        if (!isLowest)
        {
            AddLine(panel, LineAnnotationType.Horizontal, lowerBound, LineStyle.Dash);
            AddLabel(
                panel, 0, lowerBound, $"lower bound {Words(lowerBound)}", HorizontalAlignment.Left,
                VerticalAlignment.Top);
        }

        AddLabel(
            panel, _timeline.FirstBackwardCall, peak, "forward", HorizontalAlignment.Right, VerticalAlignment.Bottom);
        AddLabel(
            panel, _timeline.FirstBackwardCall, peak, "backward", HorizontalAlignment.Left, VerticalAlignment.Bottom);
        return panel;
    }

    private PlotModel ArenaPanel()
    {
        PlotModel panel = NewPanel(
            "The arena", "Each rectangle is a life of a storage, in the colour of its category", "address, MiB",
            _plan.PeakBytes);
        panel.Legends.Add(TimelinePanels.NewLegend());
        foreach (IGrouping<string, Placement> category in
            _plan.Placements.OrderBy(p => p.Storage.Role).GroupBy(p => Categories.Words(p.Storage.Role)))
        {
            OxyColor color = ColorOf(category.First().Storage.Role);
            bool IsOutlined(Placement placement) => placement.Bytes >= LeastOutlined * _plan.PeakBytes;
            panel.Series.Add(NewMap(null, color, MapLineThickness, category.Where(IsOutlined)));
            panel.Series.Add(NewMap(
                IsVisible(category.Key) ? category.Key : null, color, 0, category.Where(p => !IsOutlined(p))));
        }

        return panel;
    }

    /// <summary>Whether one sees the category: during some call it is higher than a pixel.</summary>
    private bool IsVisible(string category) => ArenaPanelHeight / _plan.PeakBytes
        * _plan.LiveBytes(placement => Categories.Words(placement.Storage.Role) == category).Max() > 1;

    private static RectangleBarSeries NewMap(
        string? title, OxyColor fill, double lineThickness, IEnumerable<Placement> placements)
    {
        RectangleBarSeries map = new()
        {
            Title = title,
            RenderInLegend = title is not null,
            FillColor = fill,
            StrokeColor = MapLineColor,
            StrokeThickness = lineThickness,
            EdgeRenderingMode = EdgeRenderingMode.PreferGeometricAccuracy,
        };
        foreach (Placement placement in placements)
        {
            (double low, double high) = (Mebibytes(placement.Offset), Mebibytes(placement.Offset + placement.Bytes));
            foreach (Lifetime life in placement.Lifetimes)
            {
                map.Items.Add(new RectangleBarItem(life.First, low, life.Last + 1, high));
            }
        }

        return map;
    }

    private PlotModel NewPanel(string title, string subtitle, string yTitle, double maximumBytes)
    {
        PlotModel panel = TimelinePanels.NewPanel(title, subtitle);
        panel.Axes.Add(TimelinePanels.NewAxis(AxisPosition.Bottom, "backend call, in order", _plan.Calls.Count));
        panel.Axes.Add(TimelinePanels.NewAxis(AxisPosition.Left, yTitle, Mebibytes(maximumBytes)));
        AddLine(panel, LineAnnotationType.Vertical, _timeline.FirstBackwardCall, LineStyle.Solid);
        return panel;
    }

    /// <summary>
    /// Each category as the area from 0 to the sum of it and those below, the highest painted first: what stays visible
    /// of each is its share.
    /// </summary>
    private void AddAreas(PlotModel panel)
    {
        long[] sums = new long[_plan.Calls.Count];
        List<AreaSeries> areas = [];
        foreach (IGrouping<string, (StorageRole Role, long[] Bytes)> category in
            _timeline.LiveBytesByRole.GroupBy(pair => Categories.Words(pair.Role)))
        {
            foreach ((StorageRole _, long[] bytes) in category)
            {
                for (int call = 0; call < sums.Length; call++)
                {
                    sums[call] += bytes[call];
                }
            }

            areas.Add(NewArea(ColorOf(category.First().Role), sums));
        }

        areas.Reverse();
        areas.ForEach(panel.Series.Add);
    }

    /// <summary>The area under a staircase, with a point where it turns and nowhere else.</summary>
    private static AreaSeries NewArea(OxyColor color, long[] bytes)
    {
        AreaSeries area = new()
        {
            Fill = color,
            Color = OxyColors.Transparent,
            StrokeThickness = 0,
            MinimumSegmentLength = 0,
            EdgeRenderingMode = EdgeRenderingMode.PreferGeometricAccuracy,
        };
        for (int call = 0; call < bytes.Length; call++)
        {
            if (call == 0 || bytes[call] != bytes[call - 1])
            {
                if (call > 0)
                {
                    area.Points.Add(new DataPoint(call, Mebibytes(bytes[call - 1])));
                }

                area.Points.Add(new DataPoint(call, Mebibytes(bytes[call])));
            }
        }

        area.Points.Add(new DataPoint(bytes.Length, Mebibytes(bytes[^1])));
        return area;
    }

    private static void AddLine(PlotModel panel, LineAnnotationType type, double at, LineStyle style) =>
        panel.Annotations.Add(new LineAnnotation
        {
            Type = type,
            X = at,
            Y = at,
            LineStyle = style,
            Color = LineColor,
            StrokeThickness = 1,
        });

    private static void AddLabel(
        PlotModel panel, double x, double y, string text, HorizontalAlignment horizontal, VerticalAlignment vertical) =>
        panel.Annotations.Add(new TextAnnotation
        {
            TextPosition = new DataPoint(x, y),
            Text = text,
            TextHorizontalAlignment = horizontal,
            TextVerticalAlignment = vertical,
            StrokeThickness = 0,
            Background = LabelBackground,
            Padding = new OxyThickness(2, 0, 2, 0),
            Offset = new ScreenVector(horizontal == HorizontalAlignment.Left ? LabelGap : -LabelGap, 0),
        });

    private static double Mebibytes(double bytes) => bytes / Units.MebibyteBytes;

    private static string Words(double mebibytes) =>
        mebibytes.ToString(mebibytes < 10 ? "0.0##" : "#,0.0", CultureInfo.InvariantCulture) + " MiB";
}
