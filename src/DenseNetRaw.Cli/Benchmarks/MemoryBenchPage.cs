using System.Globalization;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>The results of <c>bench memory</c> as a page of Markdown.</summary>
internal sealed class MemoryBenchPage
{
    private const double PercentOfOne = 100;

    private const string PublishedMemoryNote =
        """

        Over it lie the points of figure 4 of Pleiss et al. 2017 (arXiv:1707.06990), in what it calls GB, drawn as GiB;
        they are memory of a whole process on a GPU, with context, library workspaces and parameters.

        """;

    private const string PublishedTimeNote =
        """

        Beside it stand the times of figure 5 of Pleiss et al. 2017 (Titan X, Maxwell) and, for `shared-concat`, of
        level 3 of `optMemory` in models/README.md of liuzhuang13/DenseNet. PyTorch has no naive; its times are relative
        to that of Lua Torch.

        """;

    private readonly MemoryBenchResults _results;
    private readonly string[] _strategies;

    private MemoryBenchPage(MemoryBenchResults results)
    {
        _results = results;
        _strategies = [.. results.Results.Select(result => result.Memory).Distinct()];
    }

    /// <summary>The page.</summary>
    public static string Of(MemoryBenchResults results)
    {
        MemoryBenchPage page = new(results);
        string[] parts = [page.Heading(), page.Planned(), page.Exponents(), page.Measured(), page.Times()];
        return string.Join("\n", parts.Where(part => part.Length > 0));
    }

    private string Heading() =>
        $"""
        # Memory and time of the strategies, {_results.Date}

        Machine: {_results.Machine}. Load average before the run: {Loads()}.
        Commit {_results.Commit ?? "unknown"}, `{_results.Command}` ([JSON]({_results.Date}-memory.json)).
        MiB is 2^20 bytes.

        """;

    private string Loads() => _results.LoadAverage is { } loads
        ? string.Join(", ", loads.Select(load => load.ToString(CultureInfo.InvariantCulture)))
        : "unknown";

    private string Planned()
    {
        MarkdownTable table = new(["arena, MiB (lower bound)", .. _strategies, "parameters etc."]);
        foreach (IGrouping<int, DepthResult> depth in _results.Results.GroupBy(result => result.Depth))
        {
            table.Add([
                $"depth {depth.Key}",
                .. depth.Select(result => $"{Mebibytes(result.PeakBytes)} ({Mebibytes(result.LowerBoundBytes)})"),
                Mebibytes(depth.First().OutsideBytes)]);
        }

        DepthResult first = _results.Results[0];
        return
            $"""
            ## Planned
            DenseNet-BC, growth rate {_results.GrowthRate}, {Place(first.BatchSize, first.Device, first.Threads)}: the
            arena of a training step, and the largest sum of bytes alive at once, below which no placement can go.
            Parameters, their gradients, momentum and running statistics lie outside it.
            {(_results.IsSweepPublished ? PublishedMemoryNote : string.Empty)}
            ![memory against depth](memory-against-depth.svg)

            {table}
            """;
    }

    private string Exponents()
    {
        if (_results.Exponents.Count == 0)
            return string.Empty;

        string[] ranges = [.. _results.Exponents.Select(Range).Distinct()];
        MarkdownTable table = new(["arena ~ depth^x", .. ranges]);
        foreach (IGrouping<string, DepthExponent> strategy in _results.Exponents.GroupBy(fit => fit.Memory))
            table.Add([$"`{strategy.Key}`", .. strategy.Select(fit => Number(fit.Exponent, "F3"))]);
        return
            $"""
            ## How the arena grows with depth
            Exponent x, by least squares on the logarithms.

            {table}{(_results.IsSweepPublished ? PublishedExponent() : string.Empty)}
            """;
    }

    private static string PublishedExponent()
    {
        PublishedMemory naive = PublishedMemory.Figure4[0];
        double exponent = PowerLaw.Exponent(naive.Points.Select(p => ((double)p.Depth, p.Gigabytes)))!.Value;
        return
            $"""

            The published curve "{naive.Name}" has {Number(exponent, "F2")} over depths 34–154; it has in it what does
            not grow, the context and the workspaces.

            """;
    }

    private static string Range(DepthExponent fit) => $"depths {fit.From}–{fit.To}";

    private string Measured()
    {
        MarkdownTable table = new(
            "MiB", "planned arena", "allocated", "resident", "over plan", "over plan, %");
        foreach (DepthResult result in _results.Results)
        {
            if (result.Measured is not { } measured)
                continue;
            long over = measured.ResidentBytes - result.PeakBytes;
            table.Add(
                $"depth {result.Depth}, `{result.Memory}`", Mebibytes(result.PeakBytes),
                Mebibytes(measured.ArenaBytes), Mebibytes(measured.ResidentBytes), Mebibytes(over),
                Number(PercentOfOne * over / result.PeakBytes, "F1"));
        }

        if (!_results.Results.Any(result => result.Measured is not null))
            return string.Empty;

        return
            $"""
            ## Measured
            Two training steps on noise, each row in a process of its own: the most memory that it ever had resident
            (`VmHWM` on Linux), less what was resident when all was planned and nothing allocated, less parameters and
            what belongs to them. What remains over the plan is mostly code, compiled when the steps first ran.

            {table}
            """;
    }

    private string Times()
    {
        MarkdownTable table = new(
            $"relative to `{_results.Times[0].RelativeTo}`", "median of the rounds’ ratios", "their quartiles",
            "median ms", "quartiles, ms", "images/s", "arena, MiB");
        foreach (TimeResult time in _results.Times)
        {
            table.Add(
                $"`{time.Memory}`", Number(time.Ratio, "F3"), Pair(time.RatioQuartiles, "F3"),
                Units.Milliseconds(time.Milliseconds),
                string.Join("–", time.MillisecondsQuartiles.Select(Units.Milliseconds)),
                Number(time.ImagesPerSecond, "N1"), Mebibytes(time.PeakBytes));
        }

        TimeResult first = _results.Times[0];
        return
            $"""
            ## Time of a step
            {first.Model}, {Place(first.BatchSize, first.Device, first.Threads)}: {Rounds(first.Rounds)} of one step of
            each strategy in turn, every other round in reverse, after two rounds to warm up.
            {(_results.IsTimePublished ? PublishedTimeNote : string.Empty)}
            ![time per strategy](time-per-strategy.svg)

            {table}
            """;
    }

    private static string Rounds(int rounds) => rounds == 1 ? "1 round" : $"{rounds} rounds";

    private static string Place(int batchSize, string device, int threads) =>
        $"batch {batchSize}, {device} device, {threads} {(threads == 1 ? "thread" : "threads")}";

    private static string Pair(IReadOnlyList<double> quartiles, string format) =>
        $"{Number(quartiles[0], format)}–{Number(quartiles[1], format)}";

    private static string Mebibytes(long bytes) => Number(bytes / Units.MebibyteBytes, "N1");

    private static string Number(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);
}
