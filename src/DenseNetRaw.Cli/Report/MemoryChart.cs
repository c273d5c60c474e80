using System.Globalization;
using System.Text;
using DenseNetRaw.Autograd;
using DenseNetRaw.Cli.Charts;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Cli.Report;

/// <summary>
/// Bytes live during each call of a planned step, by category, as SVG: areas on top of each other, the line between
/// forward and backward pass, the fullest call, and the arena above.
/// </summary>
/// <param name="timeline">The step.</param>
internal sealed class MemoryChart(Timeline timeline)
{
    private const double TopMargin = 42, BottomMargin = 36, RightMargin = 14, TickGap = 6;

    private readonly MemoryPlan _plan = timeline.Plan;

    /// <summary>The categories of a role, by name, in the order in which they lie on top of each other.</summary>
    public static IEnumerable<IGrouping<string, (StorageRole Role, long[] Bytes)>> CategoriesOf(Timeline timeline) =>
        timeline.LiveBytesByRole.GroupBy(pair => Categories.Words(pair.Role));

    /// <summary>The class of a category in the style sheet.</summary>
    public static string StyleOf(StorageRole role) => role switch
    {
        StorageRole.Labels => Categories.Key(StorageRole.Input),
        _ => Categories.Key(role),
    };

    /// <summary>The picture in a size.</summary>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="variant">Its class in the style sheet.</param>
    public Html ToSvg(double width, double height, string variant)
    {
        long scaleBytes = _plan.PeakBytes;
        (double unitBytes, string unit) = scaleBytes >= 1L << 30 ? (1L << 30, "GiB")
            : scaleBytes >= 1 << 20 ? (1 << 20, "MiB") : (1024.0, "KiB");
        double right = width - RightMargin, bottom = height - BottomMargin;
        Scale y = new(0, scaleBytes / unitBytes, bottom, TopMargin);
        double left = y.Ticks().Max(tick => SvgText.WidthOf(y.TextOf(tick))) + SvgText.WidthOf($" {unit}") + TickGap;
        Scale x = new(0, _plan.Calls.Count, left, right);
        double Height(long bytes) => y.At(bytes / unitBytes);
        IEnumerable<Html> rows = y.Ticks().Select(tick => Html.Of(
            $"""
            <line class="grid" x1="{left}" x2="{right}" y1="{y.At(tick)}" y2="{y.At(tick)}"/>
            <text class="end" x="{left - TickGap}" y="{y.At(tick) + 4}">{y.TextOf(tick)} {unit}</text>
            """));
        return Html.Of(
            $"""
            <svg class="{variant}" viewBox="0 0 {width} {height}" role="img" aria-label="{Label()}">
            {rows}
            {Areas(x, Height, (int)((right - left) / 1.5))}
            <line class="axis" x1="{left}" x2="{right}" y1="{bottom}" y2="{bottom}"/>
            {Heights(x, Height, left, right, bottom)}
            <text class="start muted" x="{left}" y="{height - 4}">0</text>
            <text class="end muted" x="{right}" y="{height - 4}">{_plan.Calls.Count} calls</text>
            </svg>
            """);
    }

    private string Label() =>
        $"Memory by category over a step with {timeline.Strategy}: arena {Headline.Bytes(_plan.PeakBytes)}, at most "
        + $"{Headline.Bytes(_plan.LowerBoundBytes)} live.";

    /// <summary>Arena, fullest call, and the line between the passes, with their names in two rows above.</summary>
    private Html Heights(Scale x, Func<long, double> height, double left, double right, double bottom)
    {
        long[] live = _plan.LiveBytes();
        int fullest = Array.IndexOf(live, _plan.LowerBoundBytes);
        double peak = x.At(fullest + 0.5), turn = x.At(timeline.FirstBackwardCall), arena = height(_plan.PeakBytes);
        string text = $"arena {Headline.Bytes(_plan.PeakBytes)}, live at most {Headline.Bytes(_plan.LowerBoundBytes)}";
        return Html.Of(
            $"""
            <line class="arena" x1="{left}" x2="{right}" y1="{arena}" y2="{arena}"/>
            <line class="turn" x1="{turn}" x2="{turn}" y1="{TopMargin - 16}" y2="{bottom}"/>
            <circle class="best" cx="{peak}" cy="{height(_plan.LowerBoundBytes)}" r="4.5"/>
            <text class="start" x="{left}" y="14">{text}</text>
            <text class="end muted" x="{turn - TickGap}" y="{TopMargin - 8}">forward</text>
            <text class="start muted" x="{turn + TickGap}" y="{TopMargin - 8}">backward</text>
            """);
    }

    /// <summary>
    /// Each category as the area from 0 to the sum of it and those below, the highest painted first. A column of the
    /// picture that stands for several calls shows the fullest of them.
    /// </summary>
    private List<Html> Areas(Scale x, Func<long, double> height, int mostColumns)
    {
        int[] shown = Shown(mostColumns);
        long[] sums = new long[shown.Length];
        List<Html> areas = [];
        foreach (IGrouping<string, (StorageRole Role, long[] Bytes)> category in CategoriesOf(timeline))
        {
            long most = 0;
            for (int column = 0; column < shown.Length; column++)
            {
                long bytes = category.Sum(role => role.Bytes[shown[column]]);
                sums[column] += bytes;
                most = Math.Max(most, bytes);
            }

            areas.Add(Html.Of(
                $"""
                <path class="area {StyleOf(category.First().Role)}" d="{Path(sums, x, height)}">
                <title>{category.Key}: at most {Headline.Bytes(most)}</title></path>
                """));
        }

        areas.Reverse();
        return areas;
    }

    /// <summary>For each column the call that it shows.</summary>
    private int[] Shown(int mostColumns)
    {
        long[] live = _plan.LiveBytes();
        int columns = Math.Min(live.Length, mostColumns);
        return
        [
            .. Enumerable.Range(0, columns).Select(column =>
            {
                int first = (int)((long)column * live.Length / columns);
                int end = (int)((column + 1L) * live.Length / columns);
                return Enumerable.Range(first, end - first).MaxBy(call => live[call]);
            }),
        ];
    }

    private string Path(long[] sums, Scale x, Func<long, double> height)
    {
        StringBuilder path = new();
        path.Append(CultureInfo.InvariantCulture, $"M{x.At(0):0.#} {height(0):0.#}");
        for (int column = 0; column < sums.Length; column++)
        {
            if (column > 0 && sums[column] == sums[column - 1])
                continue;
            double at = x.At((double)column * _plan.Calls.Count / sums.Length);
            path.Append(CultureInfo.InvariantCulture, $"H{at:0.#}V{height(sums[column]):0.#}");
        }

        path.Append(CultureInfo.InvariantCulture, $"H{x.At(_plan.Calls.Count):0.#}V{height(0):0.#}Z");
        return path.ToString();
    }
}
