using System.Globalization;
using System.Text;

namespace DenseNetRaw.Cli.Report;

/// <summary>Lines over epochs, as SVG: grid, ticks, vertical marks, one point with its name.</summary>
internal sealed record LineChart
{
    private const double TopMargin = 26, BottomMargin = 36, RightMargin = 14, TickGap = 6, LineHeight = 16;

    /// <summary>The distance from its point that a name may rather have than cover a place of a line.</summary>
    private const double CoveredWeight = 50;

    private const double PixelsApart = 3;

    /// <summary>Where the name of a point may stand: below it, a negative number above, and beside it.</summary>
    private static readonly double[] Offsets =
    [
        .. Enumerable.Range(0, 25).Select(i => -14.0 - (8 * i)),
        .. Enumerable.Range(0, 25).Select(i => 24.0 + (8 * i)),
    ];

    private static readonly double[] Shifts = [0, 0.5, -0.5, 1, -1, 1.5, -1.5];

    /// <summary>What the picture shows, for those who do not see it.</summary>
    public required string Label { get; init; }

    /// <summary>The lines, of which those below come later.</summary>
    public required IReadOnlyList<ChartLine> Lines { get; init; }

    /// <summary>What lies along the axis below.</summary>
    public string Along { get; init; } = "epoch";

    /// <summary>What follows the numbers of the axis at the left, such as "%".</summary>
    public string Unit { get; init; } = "";

    /// <summary>Whether the axis at the left begins at 0.</summary>
    public bool IsFromZero { get; init; }

    /// <summary>Whether equal ratios are equal heights.</summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>Vertical lines, with what is written above them where there is room.</summary>
    public IReadOnlyList<(double X, string Text)> Marks { get; init; } = [];

    /// <summary>A point with a name; null for none.</summary>
    public (double X, double Y, string Text)? Named { get; init; }

    /// <summary>The picture in a size.</summary>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="variant">Its class in the style sheet.</param>
    public Html ToSvg(double width, double height, string variant)
    {
        (double X, double Y)[] all = [.. Lines.SelectMany(line => line.Points)];
        double top = all.Max(p => p.Y), bottom = IsFromZero ? 0 : all.Min(p => p.Y);
        double room = IsFromZero || IsLogarithmic ? 0 : 0.05 * (top - bottom);
        Scale y = new(
            bottom - room, IsLogarithmic ? top : top + (0.05 * (top - bottom)), height - BottomMargin, TopMargin,
            IsLogarithmic);
        double left = y.Ticks().Max(tick => SvgText.WidthOf(y.TextOf(tick) + Unit)) + (2 * TickGap);
        Scale x = new(all.Min(p => p.X), all.Max(p => p.X), left, width - RightMargin);
        return Html.Of(
            $"""
            <svg class="{variant}" viewBox="0 0 {width} {height}" role="img" aria-label="{Label}"
             data-left="{left}" data-right="{width - RightMargin}" data-top="{TopMargin}"
             data-bottom="{height - BottomMargin}" data-min="{x.Minimum}" data-max="{x.Maximum}"
             data-back="{(Lines.All(line => line.IsStaircase) ? 0.5 : 0)}">
            {Grid(x, y, left, width, height)}
            {MarksAt(x, left, width, height)}
            {Lines.Select(line => Line(line, x, y))}
            {Point(x, y, left, width)}
            </svg>
            """);
    }

    private Html Grid(Scale x, Scale y, double left, double width, double height)
    {
        double right = width - RightMargin, bottom = height - BottomMargin;
        IEnumerable<Html> rows = y.Ticks().Select(tick => Html.Of(
            $"""
            <line class="grid" x1="{left}" x2="{right}" y1="{y.At(tick)}" y2="{y.At(tick)}"/>
            <text class="end" x="{left - TickGap}" y="{y.At(tick) + 4}">{y.TextOf(tick)}{Unit}</text>
            """));
        IEnumerable<Html> columns = Spaced(x.WholeTicks(), x).Select(tick => Html.Of(
            $"""
            <line class="tick" x1="{x.At(tick)}" x2="{x.At(tick)}" y1="{bottom}" y2="{bottom + 4}"/>
            <text class="middle" x="{x.At(tick)}" y="{bottom + 17}">{WholeText(tick)}</text>
            """));
        return Html.Of(
            $"""
            {rows}
            <line class="axis" x1="{left}" x2="{right}" y1="{bottom}" y2="{bottom}"/>
            {columns}
            <text class="end muted" x="{right}" y="{height - 4}">{Along}</text>
            """);
    }

    /// <summary>The ticks whose texts have room beside each other.</summary>
    private static IEnumerable<double> Spaced(IEnumerable<double> ticks, Scale x)
    {
        double end = double.NegativeInfinity;
        foreach (double tick in ticks)
        {
            double half = SvgText.WidthOf(WholeText(tick)) / 2;
            if (x.At(tick) - half < end + TickGap)
                continue;
            end = x.At(tick) + half;
            yield return tick;
        }
    }

    private IEnumerable<Html> MarksAt(Scale x, double left, double width, double height)
    {
        double end = left;
        foreach ((double at, string text) in Marks)
        {
            double half = SvgText.WidthOf(text) / 2, middle = x.At(at);
            yield return Html.Of(
                $"""<line class="mark" x1="{middle}" x2="{middle}" y1="{TopMargin}" y2="{height - BottomMargin}"/>""");
            if (middle - half < end || middle + half > width)
                continue;
            end = middle + half + TickGap;
            yield return Html.Of($"""<text class="middle muted" x="{middle}" y="{TopMargin - 8}">{text}</text>""");
        }
    }

    private static Html Line(ChartLine line, Scale x, Scale y)
    {
        if (line.Points.Count == 0)
            return Html.None;
        string faint = line.IsFaint ? " faint" : "";
        if (line.Points is [(double X, double Y) only])
        {
            return Html.Of(
                $"""<circle class="dot s{line.Style}{faint}" cx="{x.At(only.X)}" cy="{y.At(only.Y)}" r="3.5"/>""");
        }

        StringBuilder path = new();
        foreach ((double X, double Y) point in line.Points)
        {
            string across = Number(x.At(point.X)), up = Number(y.At(point.Y));
            path.Append(path.Length == 0 ? $"M{across} {up}"
                : line.IsStaircase ? $"H{across}V{up}" : $"L{across} {up}");
        }

        return Html.Of($"""<path class="line s{line.Style}{faint}" d="{path.ToString()}"/>""");
    }

    /// <summary>The named point; its name stands where it covers least of the lines, and near.</summary>
    private Html Point(Scale x, Scale y, double left, double width)
    {
        if (Named is not { } named)
            return Html.None;
        double textWidth = SvgText.WidthOf(named.Text) + 4, half = textWidth / 2;
        double across = x.At(named.X), up = y.At(named.Y);
        (double X, double Y)[] places =
        [
            .. from offset in Offsets
               where up + offset > TopMargin + LineHeight && up + offset < y.At(y.Minimum) - 4
               from shift in Shifts
               select (Math.Clamp(across + (shift * textWidth), left + half, width - half), up + offset),
        ];
        (double middle, double text) = places
            .DefaultIfEmpty((Math.Clamp(across, left + half, width - half), up - LineHeight))
            .MinBy(place => Math.Abs(place.Item2 - up) + Math.Abs(place.Item1 - across)
                + (CoveredWeight * Covered(x, y, place.Item1 - half, place.Item1 + half, place.Item2)));
        return Html.Of(
            $"""
            <circle class="best" cx="{across}" cy="{up}" r="4.5"/>
            <text class="middle halo" x="{middle}" y="{text}">{named.Text}</text>
            """);
    }

    /// <summary>How much of the lines a text would cover, in places every few pixels of them.</summary>
    private int Covered(Scale x, Scale y, double from, double to, double baseline)
    {
        int covered = 0;
        foreach (ChartLine line in Lines.Where(line => !line.IsFaint))
        {
            (double X, double Y)[] corners = [.. line.Points.Select(point => (x.At(point.X), y.At(point.Y)))];
            for (int i = 1; i < corners.Length; i++)
            {
                ((double X, double Y) a, (double X, double Y) b) = (corners[i - 1], corners[i]);
                int places = 1 + (int)(Math.Max(Math.Abs(b.X - a.X), Math.Abs(b.Y - a.Y)) / PixelsApart);
                for (int place = 0; place <= places; place++)
                {
                    double share = (double)place / places;
                    double across = a.X + (share * (b.X - a.X)), up = a.Y + (share * (b.Y - a.Y));
                    covered += across > from && across < to && up > baseline - LineHeight && up < baseline + 6 ? 1 : 0;
                }
            }
        }

        return covered;
    }

    private static string WholeText(double tick) => tick.ToString("N0", CultureInfo.InvariantCulture);

    private static string Number(double pixels) => pixels.ToString("0.#", CultureInfo.InvariantCulture);
}
