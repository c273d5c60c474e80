using System.Globalization;

namespace DenseNetRaw.Cli.Report;

/// <summary>The numbers that a page begins with, and that a comparison compares.</summary>
/// <param name="Run">Whose they are.</param>
/// <param name="BestError">Share of the evaluation images wrong after the best epoch; null where none ended.</param>
/// <param name="BestEpoch">That epoch.</param>
/// <param name="LastError">Likewise after the last.</param>
/// <param name="LastEpoch">The last.</param>
/// <param name="PeakBytes">The arena.</param>
/// <param name="SavedAgainstNaive">Bytes of the step with naive, over those with the run's strategy.</param>
/// <param name="ImagesPerSecond">Median of the epochs.</param>
/// <param name="RecomputedShare">Multiply-adds computed a second time, as a share of the others.</param>
/// <param name="ReplayTimeShare">The share of a step's time that goes into that; null where none was timed.</param>
/// <param name="StepSeconds">Wall-clock time of all steps.</param>
/// <param name="Steps">How many those are.</param>
internal sealed record Headline(
    string Run,
    double? BestError,
    int? BestEpoch,
    double? LastError,
    int? LastEpoch,
    long PeakBytes,
    double SavedAgainstNaive,
    double? ImagesPerSecond,
    double RecomputedShare,
    double? ReplayTimeShare,
    double StepSeconds,
    int Steps)
{
    /// <summary>The numbers of a run.</summary>
    public static Headline Of(RunRecord run, RunPlans plans) => new(
        run.Name,
        run.Best?.TestError,
        run.Best?.Epoch,
        run.Last?.TestError,
        run.Last?.Epoch,
        run.Memory.PeakBytes,
        plans.SavedAgainstNaive,
        run.ImagesPerSecond,
        plans.RecomputedShare,
        run.Profile?.ReplayShare,
        run.StepTime.TotalSeconds,
        run.Metrics.Steps.Count);

    /// <summary>A share in percent, with two decimals as papers have them.</summary>
    public static string Percent(double? share) => share is { } known
        ? (100 * known).ToString("F2", CultureInfo.InvariantCulture) + " %"
        : RunRecord.Unknown;

    /// <summary>A number in three digits, or more where they are whole.</summary>
    public static string Number(double? number) =>
        number is { } known ? Units.Milliseconds(known) : RunRecord.Unknown;

    /// <summary>Bytes in MiB, or in GiB from 10 GiB on.</summary>
    public static string Bytes(long bytes) => bytes >= 10L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):N1} GiB")
        : Units.Mebibytes(bytes);

    /// <summary>A count of things, such as "1 step" or "4,860 steps".</summary>
    public static string Count(long count, string thing) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {thing}{(count == 1 ? "" : "s")}");

    /// <summary>How many times, in three digits.</summary>
    public static string Times(double ratio) => $"{Units.Milliseconds(ratio)}×";

    /// <summary>Time of the steps; in seconds, with a decimal, where it is less than a minute.</summary>
    public static string Time(double seconds) => seconds < 59.95
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F1} s")
        : Units.Time(TimeSpan.FromSeconds(seconds));
}
