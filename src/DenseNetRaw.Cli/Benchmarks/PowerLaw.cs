namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>y = a · x^b, fitted by least squares to the logarithms.</summary>
internal static class PowerLaw
{
    /// <summary>The exponent b; null for fewer than two different x.</summary>
    /// <param name="points">Positive numbers.</param>
    public static double? Exponent(IEnumerable<(double X, double Y)> points)
    {
        (double X, double Y)[] logs = [.. points.Select(point => (Math.Log(point.X), Math.Log(point.Y)))];
        if (logs.Select(point => point.X).Distinct().Count() < 2)
            return null;
        (double x, double y) = (logs.Average(point => point.X), logs.Average(point => point.Y));
        return logs.Sum(point => (point.X - x) * (point.Y - y)) / logs.Sum(point => (point.X - x) * (point.X - x));
    }
}
