using OxyPlot.Axes;

namespace DenseNetRaw.Cli.Charts;

/// <summary>
/// A logarithmic axis with ticks at 1, 2 and 5 times powers of ten, from one such number to another: however little of a
/// decade there is to show, two ticks at the least have labels.
/// </summary>
internal sealed class RoundNumbersAxis : LogarithmicAxis
{
    /// <summary>What lies nearer to an end than this share of itself is drawn with the next round number at the end.</summary>
    private const double Margin = 0.1;

    private static readonly double[] Mantissas = [1, 2, 5];

    private readonly double[] _ticks;

    /// <summary>An axis for numbers above 0 in this range.</summary>
    public RoundNumbersAxis(double least, double most)
    {
        int decade = (int)Math.Floor(Math.Log10(least)) - 1, decades = (int)Math.Ceiling(Math.Log10(most)) - decade + 2;
        double[] round =
        [
            .. from power in Enumerable.Range(decade, decades)
               from mantissa in Mantissas
               select power < 0 ? mantissa / Math.Pow(10, -power) : mantissa * Math.Pow(10, power),
        ];
        Minimum = round.Last(number => number <= least * (1 - Margin));
        Maximum = round.First(number => number >= most * (1 + Margin));
        _ticks = [.. round.Where(number => number >= Minimum && number <= Maximum)];
    }

    /// <inheritdoc/>
    public override void GetTickValues(
        out IList<double> majorLabelValues, out IList<double> majorTickValues, out IList<double> minorTickValues) =>
        (majorLabelValues, majorTickValues, minorTickValues) = (_ticks, _ticks, []);
}
