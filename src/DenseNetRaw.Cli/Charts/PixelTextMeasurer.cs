using OxyPlot;

namespace DenseNetRaw.Cli.Charts;

/// <summary>
/// Measures text for pictures in pixels. OxyPlot's own measure for SVG is that for PDF, whose unit is a point: it is
/// short by a quarter, and legends and margins laid out by it cut their text off. A line is one em high.
/// </summary>
internal sealed class PixelTextMeasurer(double width, double height)
    : PdfRenderContext(width, height, OxyColors.White)
{
    private const double PixelsOfAPoint = 96 / 72.0;

    /// <inheritdoc/>
    public override OxySize MeasureText(string text, string fontFamily, double fontSize, double fontWeight)
    {
        OxySize points = base.MeasureText(text, fontFamily, fontSize, fontWeight);
        return new OxySize(points.Width * PixelsOfAPoint, points.Height > 0 ? fontSize : 0);
    }
}
