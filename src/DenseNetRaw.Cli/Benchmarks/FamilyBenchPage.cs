using System.Globalization;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>The results of <c>bench family</c> as a page of Markdown.</summary>
internal static class FamilyBenchPage
{
    private const double PercentOfOne = 100;
    private const string Unknown = "–";

    /// <summary>The page.</summary>
    public static string Of(FamilyBenchResults results)
    {
        string[] parts = [Heading(results), Table(results), Exits(results), Pictures(results)];
        return string.Join("\n", parts.Where(part => part.Length > 0));
    }

    private static string Heading(FamilyBenchResults results) =>
        $"""
        # A family of networks under one recipe, {results.Date}

        Data: {results.Data}. {Sentence(results.Recipe.Words)}.{Limit(results)}
        Machine: {results.Machine}; {results.Device} device, {Threads(results)}, {results.Precision},
        `--memory {results.Memory}`. Load average before the run: {Loads(results)}.
        Commit {results.Commit ?? "unknown"}, `{results.Command}` ([JSON](family.json)).

        """;

    private static string Table(FamilyBenchResults results)
    {
        MarkdownTable table = new(
            "model", "parameters", "multiply-adds", "test error, %", "best, % (epoch)", "train error, %",
            "ms per training step", "ms per image, evaluation", "planned, MiB", "resident, MiB", "training, minutes");
        foreach (FamilyResult result in results.Results)
        {
            table.Add(
                Name(results, result), Number(result.Parameters, "N0"), Number(result.MultiplyAdds, "N0"),
                Percent(result.TestError), Best(result),
                result.TrainError is { } error ? Percent(error) : Unknown,
                result.TrainStepMilliseconds is { } step ? Units.Milliseconds(step) : Unknown,
                Units.Milliseconds(result.EvaluationMillisecondsPerImage), Mebibytes(result.PlannedTotalBytes),
                Mebibytes(result.ResidentPeakBytes), Number(result.Seconds / 60, "F1"));
        }

        return
            $"""
            Test error: of the weights of the end; best: after the epoch in brackets. Training steps: median of the run,
            with waiting for data. Evaluation: median of steps of {results.Recipe.BatchSize} images, over the images.
            Planned: arena of the run, parameters, gradients, momentum and running statistics; resident: the most that
            the training process has had on the host, runtime, code and data with it. MiB is 2^20 bytes.

            {table}{Stopped(results)}
            """;
    }

    private static string Best(FamilyResult result) =>
        result.BestEpoch > 0 ? $"{Percent(result.BestTestError)} ({result.BestEpoch})" : Unknown;

    private static string Stopped(FamilyBenchResults results)
    {
        string[] flags =
        [
            .. results.Results.Any(result => result.IsStopped) ? ["`--max-minutes`"] : Array.Empty<string>(),
            .. results.Recipe.IsCutShort ? ["`--max-steps`"] : Array.Empty<string>(),
        ];
        int epochs = results.Recipe.Epochs;
        return flags.Length > 0
            ? $"\n\\* stopped by {string.Join(" or ", flags)} before the end of its "
                + $"{(epochs == 1 ? "one epoch" : $"{epochs} epochs")}: not comparable.\n"
            : "";
    }

    private static string Exits(FamilyBenchResults results)
    {
        FamilyResult[] several = [.. results.Results.Where(result => result.Exits.Count > 1)];
        if (several.Length == 0)
            return "";
        MarkdownTable table = new("exit", "multiply-adds", "share of all, %", "test error, %");
        foreach (FamilyResult result in several)
        {
            for (int exit = 0; exit < result.Exits.Count; exit++)
            {
                FamilyExit one = result.Exits[exit];
                table.Add(
                    $"{result.Model}, {exit + 1}", Number(one.MultiplyAdds, "N0"),
                    Number(PercentOfOne * one.MultiplyAdds / result.Exits[^1].MultiplyAdds, "F1"),
                    Percent(one.TestError));
            }
        }

        return
            $"""
            ## Exits
            Multiply-adds up to each exit, with those of the exits before it.

            {table}
            """;
    }

    private static string Pictures(FamilyBenchResults results) => "## Pictures\n" + string.Concat(
        FamilyAxis.Of(results).Select(axis => $"\n![test error against {axis.Subject}]({axis.FileName})\n"));

    private static string Limit(FamilyBenchResults results) => results.Recipe.MaxMinutes is { } minutes
        ? $" At most {Number(minutes, "0.##")} minutes a model."
        : "";

    private static string Name(FamilyBenchResults results, FamilyResult result) =>
        $"`{result.Model}`{(result.IsStopped || results.Recipe.IsCutShort ? " \\*" : "")}";

    private static string Threads(FamilyBenchResults results) =>
        $"{results.Threads} {(results.Threads == 1 ? "thread" : "threads")}";

    private static string Sentence(string words) => char.ToUpperInvariant(words[0]) + words[1..];

    private static string Loads(FamilyBenchResults results) => results.LoadAverage is { } loads
        ? string.Join(", ", loads.Select(load => load.ToString(CultureInfo.InvariantCulture)))
        : "unknown";

    private static string Percent(double share) => Number(PercentOfOne * share, "F2");

    private static string Mebibytes(long bytes) => Number(bytes / Units.MebibyteBytes, "N1");

    private static string Number(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);
}
