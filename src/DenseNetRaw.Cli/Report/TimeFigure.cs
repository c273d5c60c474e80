using System.Globalization;
using DenseNetRaw.Cli.Benchmarks;

namespace DenseNetRaw.Cli.Report;

/// <summary>Time of a step by operation, with the share of what the machine can do.</summary>
/// <param name="profile">The times; null where none were taken.</param>
internal sealed class TimeFigure(StepProfile? profile)
{
    private const int MostRows = 9;
    private const string Title = "Time of a step by operation";

    /// <summary>The figure; nothing where no step was timed.</summary>
    public Html Of()
    {
        if (profile is not { Calls.Count: > 0 } times)
            return Html.None;
        IGrouping<string, TimedCall>[] operations =
        [
            .. times.Calls.GroupBy(call => call.Operation)
                .OrderByDescending(calls => calls.Sum(call => call.Milliseconds)),
        ];
        List<BarRow> rows = [.. operations.Take(MostRows).Select(calls => Row(calls.Key, [.. calls], times))];
        if (operations.Length > MostRows)
            rows.Add(Row("all others", [.. operations.Skip(MostRows).SelectMany(calls => calls)], times));
        string all = Units.Milliseconds(times.Milliseconds);
        BarChart chart = new($"Milliseconds of a step by operation, in all {all}.", rows);
        return Figure.Of(
            Title,
            Html.Of(
                $"""
                <p class="muted">A step of {Headline.Count(times.BatchSize, "image")}, each call timed by itself:
                {all} ms{Share(times)}.</p>
                {Figure.Legend(CallPhase.All.Intersect(times.Calls.Select(call => call.Phase)).Select(p => (p, p)))}
                """),
            Html.Of($"{chart.ToSvg(Figure.Wide, Figure.WideClass)}{chart.ToSvg(Figure.Narrow, Figure.NarrowClass)}"),
            Table(operations, times));
    }

    private static string Share(StepProfile times) => times is { Limits: { } limits }
        ? $", {BenchText.Share(times.ShareOfLimit(times.Calls))} of the limit "
            + $"({BenchText.Number(limits.GigaflopsPerSecond)} GFLOP/s, "
            + $"{BenchText.Number(limits.GigabytesPerSecond)} GB/s as probed)"
        : "";

    private static BarRow Row(string name, IReadOnlyList<TimedCall> calls, StepProfile times)
    {
        double milliseconds = calls.Sum(call => call.Milliseconds);
        string limit = times.ShareOfLimit(calls) is { } share ? $" · {BenchText.Share(share)} of limit" : "";
        return new BarRow(
            name,
            $"{Units.Milliseconds(milliseconds)} ms{limit}",
            [
                .. CallPhase.All.Select(phase => (phase, Sum(calls, phase))).Where(part => part.Item2 > 0)
                    .Select(part => (part.phase, part.Item2, $"{part.phase}: {Units.Milliseconds(part.Item2)} ms")),
            ]);
    }

    private static double Sum(IEnumerable<TimedCall> calls, string phase) =>
        calls.Where(call => call.Phase == phase).Sum(call => call.Milliseconds);

    private static Html Table(IEnumerable<IGrouping<string, TimedCall>> operations, StepProfile times) => Figure.Table(
        ["operation", "calls", .. CallPhase.All.Select(phase => $"{phase}, ms"), "of the step", "of the limit"],
        operations.Select(calls => (string[])
        [
            calls.Key,
            Count(calls.Count()),
            .. CallPhase.All.Select(phase => Sum(calls, phase) is > 0 and double sum ? Units.Milliseconds(sum) : ""),
            BenchText.Share(times.Milliseconds > 0 ? calls.Sum(call => call.Milliseconds) / times.Milliseconds : null),
            BenchText.Share(times.ShareOfLimit(calls)),
        ]));

    private static string Count(int count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
