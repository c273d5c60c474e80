namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>How memory grows with depth: bytes of the arena as a power of it.</summary>
/// <param name="Memory">The strategy.</param>
/// <param name="From">The least depth of the fit.</param>
/// <param name="To">The greatest.</param>
/// <param name="Exponent">1 for growth in proportion, 2 for growth with the square.</param>
internal sealed record DepthExponent(string Memory, int From, int To, double Exponent)
{
    /// <summary>
    /// The ranges of depth that are fitted, where the sweep has them. Over the second the published curve of
    /// <c>naive</c> reaches, until its card is full; where the third begins, what grows in proportion weighs little.
    /// </summary>
    private static readonly (int From, int To)[] Ranges = [(34, 340), (34, 154), (100, 244)];

    /// <summary>The exponents of every strategy for every range that the sweep reaches the ends of.</summary>
    public static List<DepthExponent> Of(IReadOnlyList<DepthResult> sweep)
    {
        List<DepthExponent> exponents = [];
        foreach (IGrouping<string, DepthResult> strategy in sweep.GroupBy(result => result.Memory))
        {
            (int From, int To) whole = (strategy.Min(result => result.Depth), strategy.Max(result => result.Depth));
            IEnumerable<(int From, int To)> reached =
                Ranges.Where(range => whole.From <= range.From && range.To <= whole.To);
            foreach ((int from, int to) in reached.Prepend(whole).Distinct())
            {
                double? exponent = PowerLaw.Exponent(strategy
                    .Where(result => from <= result.Depth && result.Depth <= to)
                    .Select(result => ((double)result.Depth, (double)result.PeakBytes)));
                if (exponent is { } known)
                    exponents.Add(new DepthExponent(strategy.Key, from, to, known));
            }
        }

        return exponents;
    }
}
