namespace DenseNetRaw.Cli.Report;

/// <summary>Horizontal bars, one a row, as SVG.</summary>
/// <param name="label">What the picture shows, for those who do not see it.</param>
/// <param name="rows">The rows from above.</param>
internal sealed class BarChart(string label, IReadOnlyList<BarRow> rows)
{
    private const double RowHeight = 36, BarTop = 19, BarHeight = 11, LeastVisible = 0.3;

    /// <summary>The picture in a width.</summary>
    /// <param name="width">In pixels.</param>
    /// <param name="variant">Its class in the style sheet.</param>
    public Html ToSvg(double width, string variant)
    {
        double longest = rows.Max(row => row.Length);
        return Html.Of(
            $"""
            <svg class="{variant}" viewBox="0 0 {width} {rows.Count * RowHeight}" role="img" aria-label="{label}">
            {rows.Select((row, i) => Row(row, i * RowHeight, width, longest > 0 ? width / longest : 0))}
            </svg>
            """);
    }

    private static Html Row(BarRow row, double top, double width, double pixels)
    {
        double left = 0;
        List<Html> parts = [];
        foreach ((string style, double length, string words) in row.Parts)
        {
            if (length * pixels >= LeastVisible)
            {
                parts.Add(Html.Of(
                    $"""
                    <rect class="bar {style}" x="{left}" y="{top + BarTop}" width="{length * pixels}"
                     height="{BarHeight}"><title>{words}</title></rect>
                    """));
            }

            left += length * pixels;
        }

        return Html.Of(
            $"""
            <rect class="track" x="0" y="{top + BarTop}" width="{width}" height="{BarHeight}"/>
            {parts}
            <text class="start" x="0" y="{top + 13}">{row.Name}</text>
            <text class="end" x="{width}" y="{top + 13}">{row.Value}</text>
            """);
    }
}
