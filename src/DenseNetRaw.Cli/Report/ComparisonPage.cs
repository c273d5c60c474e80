using System.Globalization;

namespace DenseNetRaw.Cli.Report;

/// <summary>The page of several runs: curves over each other, and a table of what differs.</summary>
internal sealed class ComparisonPage
{
    private readonly IReadOnlyList<RunRecord> _runs;
    private readonly IReadOnlyList<string> _names;
    private readonly IReadOnlyList<Headline> _headlines;

    private ComparisonPage(IReadOnlyList<RunRecord> runs)
    {
        _runs = runs;
        _names = [.. runs.Select((run, i) => runs.Count(other => other.Name == run.Name) > 1
            ? string.Create(CultureInfo.InvariantCulture, $"{run.Name} ({i + 1})") : run.Name)];
        _headlines = [.. runs.Select(run => Headline.Of(run, RunPlans.Of(run)))];
    }

    /// <summary>The page.</summary>
    /// <param name="runs">Two or more.</param>
    public static string Of(IReadOnlyList<RunRecord> runs) => new ComparisonPage(runs).Page();

    private string Page() => PageFrame.Of(
        $"{string.Join(", ", _names)} · densenet",
        Html.Of(
            $"""
            <header><h1>{_runs.Count} runs</h1>{_runs.Select((run, i) => Html.Of(
                $"""<p class="muted"><b>{_names[i]}</b>: {RunStatus.Of(run)}; {run.Folder}</p>"""))}</header>
            {Results()}
            <div class="board">
            {Curves($"Error on {Evaluation} images", " %", epoch => 100 * epoch.TestError, Headline.Number)}
            {Curves($"Loss on {Evaluation} images", "", epoch => epoch.TestLoss, Fixed, NamesOfLosses())}
            {Curves("Error on training images", " %", epoch => 100 * epoch.TrainError, Headline.Number)}
            {Curves("Training images per second", "", epoch => epoch.ImagesPerSecond, Headline.Number)}
            {Bars("Peak memory of a step", run => run.PeakBytes, run => Headline.Bytes(run.PeakBytes))}
            {Bars("Time of all steps", run => run.StepSeconds, run => Headline.Time(run.StepSeconds))}
            </div>
            {Differences()}
            """),
        new { Runs = _runs.Select((run, i) => new RunData(_headlines[i], run.Metrics.Epochs)) });

    private string Evaluation => string.Join(" or ", _runs.Select(run => run.Evaluation).Distinct());

    /// <summary>A row a number, a column a run, and the difference of the last run to the first.</summary>
    private Html Results() => Html.Of(
        $"""
        <section class="card results"><h2>Results</h2>
        <div class="scroll">{Figure.Table(
            ["", .. _names, _runs.Count == 2 ? "difference" : "last against first"],
            [
                Row("best error", run => run.BestError, Headline.Percent, Points),
                Row("last error", run => run.LastError, Headline.Percent, Points),
                Row("epochs", run => run.LastEpoch, Whole, (a, b) => Signed(b - a, "")),
                Row("peak memory of a step", run => run.PeakBytes, bytes => Headline.Bytes((long)bytes!.Value), Ratio),
                Row("less than naive", run => run.SavedAgainstNaive, ratio => Headline.Times(ratio!.Value), Ratio),
                Row("training images/s", run => run.ImagesPerSecond, Headline.Number, Ratio),
                Row("recomputed multiply-adds", run => run.RecomputedShare, Headline.Percent, Points),
                Row("time of all steps", run => run.StepSeconds, seconds => Headline.Time(seconds!.Value), Ratio),
            ])}</div></section>
        """);

    private string[] Row(
        string name, Func<Headline, double?> number, Func<double?, string> words, Func<double, double, string> compare)
    {
        string difference = number(_headlines[0]) is { } first && number(_headlines[^1]) is { } last
            ? compare(first, last)
            : RunRecord.Unknown;
        return [name, .. _headlines.Select(headline => words(number(headline))), difference];
    }

    /// <summary>The runs' names, with what their losses are of where that is not one classifier's.</summary>
    private IReadOnlyList<string> NamesOfLosses() =>
    [
        .. _runs.Select((run, i) => run.Exits == 1
            ? _names[i]
            : string.Create(CultureInfo.InvariantCulture, $"{_names[i]} (sum of {run.Exits} exits’ losses)")),
    ];

    private Html Curves(
        string title, string unit, Func<EpochMetrics, double> value, Func<double?, string> words,
        IReadOnlyList<string>? namesOfLines = null)
    {
        IReadOnlyList<string> names = namesOfLines ?? _names;
        ChartLine[] lines =
        [
            .. _runs.Select((run, i) => new CurveFigures(run).Line(names[i], i % 8, value)),
        ];
        if (lines.All(line => line.Points.Count == 0))
            return Html.None;
        LineChart chart = new()
        {
            Label = $"{title} over the epochs, of {string.Join(", ", names)}.",
            Lines = lines,
            Unit = unit,
            IsFromZero = true,
        };
        int[] epochs = [.. _runs.SelectMany(run => run.Metrics.Epochs).Select(epoch => epoch.Epoch).Distinct().Order()];
        string Cell(RunRecord run, int epoch) =>
            run.Metrics.Epochs.FirstOrDefault(e => e.Epoch == epoch) is { } found ? words(value(found)) + unit : "";
        return Figure.Of(
            title, chart,
            Figure.Table(
                ["epoch", .. names],
                epochs.Select(epoch => (string[])[Whole(epoch), .. _runs.Select(run => Cell(run, epoch))])));
    }

    private Html Bars(string title, Func<Headline, double> length, Func<Headline, string> words)
    {
        BarChart chart = new(
            $"{title} of each run.",
            [
                .. _headlines.Select((headline, i) => new BarRow(
                    Short(_names[i]), words(headline),
                    [($"s{i % 8}", length(headline), $"{_names[i]}: {words(headline)}")])),
            ]);
        return Figure.Of(
            title, Html.None,
            Html.Of($"{chart.ToSvg(Figure.Wide, Figure.WideClass)}{chart.ToSvg(Figure.Narrow, Figure.NarrowClass)}"),
            Figure.Table(["run", ""], _headlines.Select((headline, i) => (string[])[_names[i], words(headline)])));
    }

    /// <summary>
    /// The arguments that differ, and below them those that do not; without those that only say where a run lies.
    /// </summary>
    private Html Differences()
    {
        IEnumerable<string> names = _runs.SelectMany(run => run.Arguments).Select(argument => argument.Name).Distinct()
            .Where(name => name is not ("output-dir" or "resume"));
        bool haveDataPaths = _runs.All(run => run.DataPath is not null);
        string ValueOf(RunRecord run, string name) => name == "data" && haveDataPaths
            ? run.DataPath!
            : run.Arguments.Where(argument => argument.Name == name).Select(argument => argument.Value)
                .FirstOrDefault(RunRecord.Unknown);
        ILookup<bool, string[]> rows = names
            .Select(name => (string[])[$"--{name}", .. _runs.Select(run => ValueOf(run, name))])
            .ToLookup(row => row.Skip(1).Distinct().Count() > 1);
        return Html.Of(
            $"""
            <section class="card differences"><h2>Arguments that differ</h2>
            {(rows[true].Any() ? TableOf(rows[true]) : Html.Of($"<p>none</p>"))}
            <details><summary>Arguments that do not</summary>
            {TableOf(rows[false])}</details>
            <h3>Commands</h3>{_runs.Select(run => Html.Of($"<pre>{run.Text("command")}</pre>"))}</section>
            """);
    }

    private Html TableOf(IEnumerable<string[]> arguments) =>
        Html.Of($"""<div class="scroll">{Figure.Table(["argument", .. _names], arguments)}</div>""");

    /// <summary>A name that has room beside a number on a telephone.</summary>
    private static string Short(string name) => name.Length <= 28 ? name : $"{name[..27]}…";

    private static string Ratio(double first, double last) =>
        first > 0 ? $"× {(last / first).ToString("0.00", CultureInfo.InvariantCulture)}" : RunRecord.Unknown;

    private static string Points(double first, double last) => Signed(100 * (last - first), "points");

    private static string Signed(double number, string unit) =>
        $"{number.ToString("+0.##;−0.##;0", CultureInfo.InvariantCulture)} {unit}".TrimEnd();

    private static string Fixed(double? number) => number?.ToString("F4", CultureInfo.InvariantCulture) ?? "";

    private static string Whole(double? number) =>
        number?.ToString("F0", CultureInfo.InvariantCulture) ?? RunRecord.Unknown;

    private static string Whole(int number) => number.ToString(CultureInfo.InvariantCulture);
}
