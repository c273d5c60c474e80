using System.Globalization;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;

namespace DenseNetRaw.Cli.Charts;

/// <summary>How the panels of a timeline look, and how they become one SVG document.</summary>
internal static class TimelinePanels
{
    /// <summary>The width of a picture in pixels.</summary>
    private const double Width = 1000;

    private const double LabelSize = 12;
    private static readonly OxyColor GridColor = OxyColor.FromRgb(221, 221, 221);
    private static readonly OxyColor FrameColor = OxyColor.FromRgb(136, 136, 136);

    /// <summary>Room left and right of a panel, the same in all: their axes stand above each other.</summary>
    private static readonly OxyThickness Margins = new(76, double.NaN, 12, double.NaN);

    /// <summary>An empty panel.</summary>
    public static PlotModel NewPanel(string title, string? subtitle = null) => new()
    {
        Title = title,
        Subtitle = subtitle,
        TitleFontSize = 15,
        SubtitleFontSize = 13,
        TitleFontWeight = FontWeights.Bold,
        DefaultFont = "Helvetica, Arial, sans-serif",
        DefaultFontSize = LabelSize,
        Culture = CultureInfo.InvariantCulture,
        PlotMargins = Margins,
        PlotAreaBorderColor = FrameColor,
        Background = OxyColors.White,
    };

    /// <summary>An axis from 0 with faint lines across the panel.</summary>
    public static LinearAxis NewAxis(AxisPosition position, string title, double maximum) => new()
    {
        Position = position,
        Title = title,
        Minimum = 0,
        Maximum = maximum,
        StringFormat = "#,0.###",
        MajorGridlineStyle = LineStyle.Solid,
        MajorGridlineColor = GridColor,
        MinorTickSize = 0,
        TicklineColor = FrameColor,
        AxislineColor = FrameColor,
        AxisTitleDistance = 8,
    };

    /// <summary>A legend in rows above the panel.</summary>
    public static Legend NewLegend() => new()
    {
        LegendPlacement = LegendPlacement.Outside,
        LegendPosition = LegendPosition.TopCenter,
        LegendOrientation = LegendOrientation.Horizontal,
        LegendFontSize = LabelSize,
        LegendPadding = 0,
    };

    /// <summary>Writes panels one below the other as one SVG document.</summary>
    public static void WriteSvg(Stream stream, params ReadOnlySpan<(PlotModel Panel, double Height)> panels)
    {
        double height = 0;
        foreach ((PlotModel _, double panelHeight) in panels)
        {
            height += panelHeight;
        }

        using SvgCanvas svg = new(stream, Width, height);
        double top = 0;
        foreach ((IPlotModel panel, double panelHeight) in panels)
        {
            panel.Update(true);
            panel.Render(svg, new OxyRect(0, top, Width, panelHeight));
            top += panelHeight;
        }

        svg.Complete();
        svg.Flush();
    }
}
