namespace DenseNetRaw.Cli.Report;

/// <summary>
/// Horizontal bars as SVG, each below a line with its name and value; where these do not fit beside each other in one
/// of the rows, the values of all have a line of their own.
/// </summary>
/// <param name="label">What the picture shows, for those who do not see it.</param>
/// <param name="rows">The rows from above.</param>
internal sealed class BarChart(string label, IReadOnlyList<BarRow> rows)
{
    private const double LineHeight = 17, Descent = 6, BarHeight = 11, LeastVisible = 0.3;

    /// <summary>The picture in a width.</summary>
    /// <param name="width">In pixels.</param>
    /// <param name="variant">Its class in the style sheet.</param>
    public Html ToSvg(double width, string variant)
    {
        double longest = rows.Max(row => row.Length);
        double pixels = longest > 0 ? width / longest : 0;
        int lines = rows.Any(row => SvgText.WidthOf($"{row.Name} {row.Value}") > width) ? 2 : 1;
        double barTop = 2 + (lines * LineHeight), rowHeight = barTop + BarHeight + Descent;
        return Html.Of(
            $"""
            <svg class="{variant}" viewBox="0 0 {width} {rows.Count * rowHeight}" role="img" aria-label="{label}">
            {rows.Select((row, i) => Row(row, i * rowHeight, (i * rowHeight) + barTop, width, pixels))}
            </svg>
            """);
    }

    private static Html Row(BarRow row, double top, double barTop, double width, double pixels)
    {
        double left = 0;
        List<Html> parts = [];
        foreach ((string style, double length, string words) in row.Parts)
        {
            if (length * pixels >= LeastVisible)
            {
                parts.Add(Html.Of(
                    $"""
                    <rect class="bar {style}" x="{left}" y="{barTop}" width="{length * pixels}"
                     height="{BarHeight}"><title>{words}</title></rect>
                    """));
            }

            left += length * pixels;
        }

        return Html.Of(
            $"""
            <rect class="track" x="0" y="{barTop}" width="{width}" height="{BarHeight}"/>
            {parts}
            <text class="start" x="0" y="{top + LineHeight + 2 - Descent}">{row.Name}</text>
            <text class="end" x="{width}" y="{barTop - Descent}">{row.Value}</text>
            """);
    }
}
