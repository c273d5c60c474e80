namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>Lower quartile, median and upper quartile of a sample.</summary>
internal readonly record struct Quartiles(double Lower, double Median, double Upper)
{
    /// <summary>Those of the values, interpolated between neighbours in order.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static Quartiles Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length > 0
            ? new Quartiles(At(sorted, 0.25), At(sorted, 0.5), At(sorted, 0.75))
            : throw new ArgumentException("quartiles are of at least one value, found none");
    }

    private static double At(double[] sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int below = (int)at;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((at - below) * (sorted[above] - sorted[below]));
    }
}
