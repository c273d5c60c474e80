using System.Globalization;
using DenseNetRaw.Cli.Charts;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>What an error is drawn against.</summary>
/// <param name="Subject">In words.</param>
/// <param name="FileName">Of the picture.</param>
/// <param name="Title">Of the axis, with the unit.</param>
/// <param name="Label">Writes a number beside the axis.</param>
/// <param name="Curves">A curve a model: of one point, or one an exit.</param>
internal sealed record FamilyAxis(
    string Subject, string FileName, string Title, Func<double, string> Label, IReadOnlyList<ErrorCurve> Curves)
{
    private const double Thousand = 1000;

    /// <summary>Parameters, multiply-adds, measured time and memory.</summary>
    public static IReadOnlyList<FamilyAxis> Of(FamilyBenchResults results) =>
    [
        new("parameters", "family-parameters.svg", "parameters", Short, Single(results, r => r.Parameters)),
        new(
            "multiply-adds", "family-multiply-adds.svg", "multiply-adds of an image, forward", Short,
            [
                .. results.Results.Select(result => new ErrorCurve(
                    result.Model, [.. result.Exits.Select(exit => ((double)exit.MultiplyAdds, exit.TestError))])),
            ]),
        new(
            "measured time", "family-time.svg", $"time of an image, evaluation, batch {results.Recipe.BatchSize}",
            milliseconds => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.######} ms"),
            Single(results, r => r.EvaluationMillisecondsPerImage)),
        new(
            "memory", "family-memory.svg", $"memory of training, batch {results.Recipe.BatchSize}, planned",
            mebibytes => string.Create(CultureInfo.InvariantCulture, $"{mebibytes:0.######} MiB"),
            Single(results, r => r.PlannedTotalBytes / Units.MebibyteBytes)),
    ];

    private static IReadOnlyList<ErrorCurve> Single(FamilyBenchResults results, Func<FamilyResult, double> x) =>
        [.. results.Results.Select(result => new ErrorCurve(result.Model, [(x(result), result.TestError)]))];

    /// <summary>A count as people read it: 200 k, 50 M.</summary>
    private static string Short(double count)
    {
        string[] units = ["", " k", " M", " G", " T"];
        int unit = 0;
        for (; count >= Thousand && unit < units.Length - 1; unit++)
            count /= Thousand;
        return string.Create(CultureInfo.InvariantCulture, $"{count:0.###}{units[unit]}");
    }
}
