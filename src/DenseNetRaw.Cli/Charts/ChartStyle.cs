using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;

namespace DenseNetRaw.Cli.Charts;

/// <summary>What the pictures have in common: font, grid, legend, and a colour for each strategy.</summary>
internal static class ChartStyle
{
    private const string Font = "Arial, Helvetica, sans-serif";
    private const double FontSize = 13;

    /// <summary>Grid lines, behind everything.</summary>
    private static readonly OxyColor GridColor = OxyColor.FromRgb(0xE0, 0xE0, 0xE0);

    /// <summary>
    /// The colours of Okabe and Ito 2008 ("Color universal design"), which are told apart in any kind of colour
    /// blindness; their yellow, pale on white, is left out.
    /// </summary>
    private static readonly Dictionary<string, OxyColor> StrategyColors = new()
    {
        ["naive"] = OxyColor.FromRgb(0, 0, 0),
        ["shared-gradients"] = OxyColor.FromRgb(0xE6, 0x9F, 0),
        ["shared-concat"] = OxyColor.FromRgb(0xCC, 0x79, 0xA7),
        ["shared-all"] = OxyColor.FromRgb(0, 0x9E, 0x73),
        ["slab"] = OxyColor.FromRgb(0, 0x72, 0xB2),
        ["slab-minimal"] = OxyColor.FromRgb(0xD5, 0x5E, 0),
    };

    /// <summary>The same colours, those first that differ most.</summary>
    private static readonly OxyColor[] ModelColors =
    [
        StrategyColors["slab"], StrategyColors["slab-minimal"], StrategyColors["shared-all"],
        StrategyColors["shared-concat"], StrategyColors["shared-gradients"], StrategyColors["naive"],
    ];

    /// <summary>The colour of a strategy.</summary>
    public static OxyColor ColorOf(string memory) => StrategyColors.GetValueOrDefault(memory, OxyColors.Gray);

    /// <summary>The colour of the model of that number, from 0.</summary>
    public static OxyColor ColorOf(int model) => ModelColors[model % ModelColors.Length];

    /// <summary>An empty picture on white, in numbers written the same everywhere.</summary>
    public static PlotModel NewPlot(string title) => new()
    {
        Title = title,
        DefaultFont = Font,
        DefaultFontSize = FontSize,
        TitleFontSize = FontSize + 2,
        TitleFontWeight = FontWeights.Bold,
        SubtitleFontSize = FontSize,
        TitlePadding = 10,
        Background = OxyColors.White,
        PlotAreaBorderColor = OxyColors.Gray,
        Padding = new OxyThickness(12),
        Culture = System.Globalization.CultureInfo.InvariantCulture,
    };

    /// <summary>Gives an axis its title and grid lines.</summary>
    public static TAxis WithGrid<TAxis>(this TAxis axis, string title)
        where TAxis : Axis
    {
        axis.Title = title;
        axis.MajorGridlineStyle = LineStyle.Solid;
        axis.MajorGridlineColor = GridColor;
        axis.MinorTickSize = 0;
        axis.AxisTitleDistance = 10;
        return axis;
    }

    /// <summary>A legend beside the data or below them, never over them.</summary>
    public static Legend NewLegend(LegendPosition position) => new()
    {
        LegendPlacement = LegendPlacement.Outside,
        LegendPosition = position,
        LegendOrientation =
            position == LegendPosition.RightTop ? LegendOrientation.Vertical : LegendOrientation.Horizontal,
        LegendSymbolLength = 28,
        LegendLineSpacing = 4,
        LegendFontSize = FontSize,
        GroupNameFontWeight = FontWeights.Bold,
    };
}
