using DenseNetRaw.Cli.Charts;

namespace DenseNetRaw.Cli.Report;

/// <summary>
/// Memory by category: over the calls of a step, with a tab for each strategy, of which the run's is shown first; and
/// at the fullest call, all strategies below each other.
/// </summary>
/// <param name="plans">The run's step as every strategy plans it.</param>
/// <param name="runBytes">The arena that the run had.</param>
internal sealed class MemoryFigure(RunPlans plans, long runBytes)
{
    /// <summary>Memory at the fullest call, a bar for each strategy.</summary>
    public Html Peaks()
    {
        BarChart chart = new(
            "Bytes of the arena by memory strategy.",
            [
                .. plans.Timelines.Select(timeline => new BarRow(
                    timeline == plans.Chosen ? $"{timeline.Strategy}, as in this run" : timeline.Strategy,
                    Headline.Bytes(timeline.Plan.PeakBytes), Parts(timeline))),
            ]);
        return Figure.Of(
            "Memory by strategy", Note(),
            Html.Of(
                $"""
                {chart.ToSvg(Figure.Wide, Figure.WideClass)}{chart.ToSvg(Figure.Narrow, Figure.NarrowClass)}
                {Figure.Legend(Legend())}
                """),
            Table());
    }

    /// <summary>What to say where the plan is not the run's: another version made that, or another step.</summary>
    private Html Note() => runBytes == plans.Chosen.Plan.PeakBytes
        ? Html.None
        : Html.Of(
            $"""
            <p class="muted">A training step as version {BuildVersion.Number} plans it; the run had an arena of
            {Headline.Bytes(runBytes)}.</p>
            """);

    /// <summary>Memory over the calls, in tabs.</summary>
    public Html OverAStep()
    {
        IEnumerable<Html> inputs = plans.Timelines.Select((timeline, i) => Html.Of(
            $"""
            <input type="radio" name="memory" id="memory-{i}" class="tab-{i}"
             {(timeline == plans.Chosen ? "checked" : "")}>
            """));
        IEnumerable<Html> labels = plans.Timelines.Select((timeline, i) => Html.Of(
            $"""<label for="memory-{i}">{timeline.Strategy}</label>"""));
        IEnumerable<Html> panes = plans.Timelines.Select(timeline => Html.Of(
            $"""
            <div class="pane"><h3>{timeline.Strategy}{(timeline == plans.Chosen ? ", as in this run" : "")}</h3>
            {Figure.InBoth(new MemoryChart(timeline).ToSvg)}</div>
            """));
        return Figure.Of(
            "Memory over a step", Html.None,
            Html.Of(
                $"""
                <div class="tabs">{inputs}<div class="labels">{labels}</div><div class="panes">{panes}</div></div>
                {Figure.Legend(Legend())}
                """),
            Table());
    }

    /// <summary>The categories at the fullest call, and the gaps between places in the arena.</summary>
    private static List<(string Style, double Length, string Words)> Parts(Timeline timeline)
    {
        List<(string Style, double Length, string Words)> parts =
        [
            .. timeline.Plan.BytesByRole.Select(bytes => (
                MemoryChart.StyleOf(bytes.Key), (double)bytes.Value,
                $"{Categories.Words(bytes.Key)}: {Headline.Bytes(bytes.Value)}")),
        ];
        long gaps = timeline.Plan.PeakBytes - timeline.Plan.BytesByRole.Values.Sum();
        return [.. parts, ("gap", gaps, $"gaps: {Headline.Bytes(gaps)}")];
    }

    private IEnumerable<(string Style, string Name)> Legend() => plans.Timelines
        .SelectMany(MemoryChart.CategoriesOf)
        .Select(category => (category.First().Role, category.Key))
        .DistinctBy(category => category.Key)
        .OrderBy(category => category.Role)
        .Select(category => (MemoryChart.StyleOf(category.Role), category.Key));

    /// <summary>For each strategy the arena, and what of it each category takes at the fullest call.</summary>
    private Html Table()
    {
        string[] categories =
        [
            .. plans.Timelines.SelectMany(timeline => timeline.Plan.BytesByRole.Keys).Distinct().Order()
                .Select(Categories.Words).Distinct(),
        ];
        return Figure.Table(
            ["", .. plans.Timelines.Select(timeline => timeline.Strategy)],
            [
                Row("arena", timeline => timeline.Plan.PeakBytes),
                Row("live at most", timeline => timeline.Plan.LowerBoundBytes),
                .. categories.Select(category => Row(
                    category,
                    timeline => timeline.Plan.BytesByRole
                        .Where(bytes => Categories.Words(bytes.Key) == category).Sum(bytes => bytes.Value))),
            ]);
    }

    private string[] Row(string heading, Func<Timeline, long> bytes) =>
        [heading, .. plans.Timelines.Select(timeline => Headline.Bytes(bytes(timeline)))];
}
