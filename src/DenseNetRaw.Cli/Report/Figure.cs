namespace DenseNetRaw.Cli.Report;

/// <summary>
/// A chart on a page: heading, legend, the picture in two widths of which the style sheet shows one, and a table of the
/// same numbers.
/// </summary>
internal static class Figure
{
    /// <summary>Pixels of the picture beside another, and on a telephone.</summary>
    public const double Wide = 576, Narrow = 340;

    /// <summary>Pixels of its height.</summary>
    public const double WideHeight = 270, NarrowHeight = 230;

    /// <summary>The classes of the two in the style sheet.</summary>
    public const string WideClass = "wide", NarrowClass = "narrow";

    /// <summary>A figure of lines, with its legend.</summary>
    public static Html Of(string title, LineChart chart, Html table) => Of(title, Html.None, chart, table);

    /// <summary>A figure of lines, with words before its legend.</summary>
    public static Html Of(string title, Html words, LineChart chart, Html table) => Of(
        title, Html.Join([words, Legend(chart.Lines)]),
        Html.Of($"""<div class="plot">{InBoth(chart.ToSvg)}</div>"""),
        table);

    /// <summary>A figure.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="legend">What stands between heading and picture.</param>
    /// <param name="picture">The picture in both widths.</param>
    /// <param name="table">The same numbers.</param>
    public static Html Of(string title, Html legend, Html picture, Html table) => Html.Of(
        $"""
        <figure class="card">
        <figcaption><h2>{title}</h2></figcaption>
        {legend}
        {picture}
        <details><summary>Table</summary><div class="scroll">{table}</div></details>
        </figure>
        """);

    /// <summary>A picture in both widths.</summary>
    public static Html InBoth(Func<double, double, string, Html> draw) =>
        Html.Join([draw(Wide, WideHeight, WideClass), draw(Narrow, NarrowHeight, NarrowClass)]);

    /// <summary>Lines with their names; none for a single line that has no name.</summary>
    public static Html Legend(IEnumerable<ChartLine> lines) => Html.Of(
        $"""
        <ul class="legend">{lines.Where(line => line.Name.Length > 0).Select(line => Html.Of(
            $"""
            <li><svg width="28" height="10" aria-hidden="true">
            <path class="line s{line.Style}{(line.IsFaint ? " faint" : "")}" d="M1 5H27"/></svg>{line.Name}</li>
            """))}</ul>
        """);

    /// <summary>Colours with their names.</summary>
    public static Html Legend(IEnumerable<(string Style, string Name)> areas) => Html.Of(
        $"""
        <ul class="legend">{areas.Select(area => Html.Of(
            $"""
            <li><svg width="12" height="12" aria-hidden="true">
            <rect class="area bar {area.Style}" width="12" height="12"/></svg>{area.Name}</li>
            """))}</ul>
        """);

    /// <summary>A table; its first column names the rows.</summary>
    public static Html Table(IEnumerable<string> headings, IEnumerable<IReadOnlyList<string>> rows) => Html.Of(
        $"""
        <table>
        <thead><tr>{headings.Select(heading => Html.Of($"""<th scope="col">{heading}</th>"""))}</tr></thead>
        <tbody>
        {rows.Select(row => Html.Of(
            $"""<tr><th scope="row">{row[0]}</th>{row.Skip(1).Select(cell => Html.Of($"<td>{cell}</td>"))}</tr>"""))}
        </tbody>
        </table>
        """);
}
