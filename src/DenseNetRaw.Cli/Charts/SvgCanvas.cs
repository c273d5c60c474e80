using OxyPlot;

namespace DenseNetRaw.Cli.Charts;

/// <summary>
/// An SVG document that knows how large text is. OxyPlot 2.2.0 measures it in Helvetica's metrics, but in points, of
/// 1/72 inch, where pixels, of 1/96, are meant: labels overlapped. It also takes the baseline of text for its bottom:
/// descenders were cut off.
/// </summary>
/// <param name="stream">Where the document is written.</param>
/// <param name="width">Its width in pixels.</param>
/// <param name="height">Its height in pixels.</param>
internal sealed class SvgCanvas(Stream stream, double width, double height) : SvgRenderContext(
    stream, width, height, true, new PdfRenderContext(width, height, OxyColors.White), OxyColors.White, true)
{
    private const double PixelsPerPoint = 96.0 / 72;

    /// <summary>What lies below the baseline of a line of text, as a share of the line's height.</summary>
    private const double Descent = 0.2;

    /// <inheritdoc/>
    public override OxySize MeasureText(string text, string fontFamily, double fontSize, double fontWeight)
    {
        OxySize points = base.MeasureText(text, fontFamily, fontSize, fontWeight);
        return new OxySize(points.Width * PixelsPerPoint, points.Height * PixelsPerPoint);
    }

    /// <inheritdoc/>
    public override void DrawText(
        ScreenPoint p, string text, OxyColor c, string fontFamily, double fontSize, double fontWeight, double rotate,
        HorizontalAlignment halign, VerticalAlignment valign, OxySize? maxSize)
    {
        double height = MeasureText(text, fontFamily, fontSize, fontWeight).Height;
        double above = valign switch
        {
            VerticalAlignment.Top => 1,
            VerticalAlignment.Middle => 0.5,
            _ => 0,
        };
        (double sine, double cosine) = Math.SinCos(rotate * Math.PI / 180);
        ScreenVector toBaseline = new ScreenVector(-sine, cosine) * (height * (above - Descent));
        base.DrawText(
            p + toBaseline, text, c, fontFamily, fontSize, fontWeight, rotate, halign, VerticalAlignment.Bottom,
            maxSize);
    }
}
