using System.Globalization;

namespace DenseNetRaw.Cli.Report;

/// <summary>Maps the values of an axis to places in a drawing, and says where its ticks are.</summary>
internal sealed class Scale
{
    private const double MostTicks = 6;
    private const int MostPowers = 8;
    private readonly double _from, _to;
    private readonly bool _isLogarithmic;

    /// <summary>A scale over values, the least and the largest at the two ends.</summary>
    /// <param name="minimum">The least value.</param>
    /// <param name="maximum">The largest; where they are equal, the scale is widened.</param>
    /// <param name="from">Where the least lies, in pixels.</param>
    /// <param name="to">Where the largest lies.</param>
    /// <param name="isLogarithmic">Whether equal ratios are equal distances; the values are positive then.</param>
    public Scale(double minimum, double maximum, double from, double to, bool isLogarithmic = false)
    {
        (_from, _to, _isLogarithmic) = (from, to, isLogarithmic);
        (Minimum, Maximum) = maximum > minimum
            ? (minimum, maximum)
            : isLogarithmic ? (minimum / 2, minimum * 2) : (minimum - 0.5, minimum + 0.5);
    }

    /// <summary>The value at the one end.</summary>
    public double Minimum { get; }

    /// <summary>The value at the other end.</summary>
    public double Maximum { get; }

    /// <summary>Where a value lies, in pixels.</summary>
    public double At(double value)
    {
        double share = _isLogarithmic
            ? Math.Log(value / Minimum) / Math.Log(Maximum / Minimum)
            : (value - Minimum) / (Maximum - Minimum);
        return _from + (share * (_to - _from));
    }

    /// <summary>Round values within the scale: where logarithmic, powers of ten, and 2 and 5 between few.</summary>
    public IReadOnlyList<double> Ticks() => !_isLogarithmic ? Multiples(Step())
        : Powers(1) is { Count: >= 3 } powers ? Thinned(powers) : Powers(1, 2, 5);

    /// <summary>Round values, of which those of counted things are whole.</summary>
    public IReadOnlyList<double> WholeTicks() => Multiples(Math.Max(1, Step()));

    /// <summary>A tick as text, with no more decimals than the distance between ticks has.</summary>
    public string TextOf(double tick)
    {
        if (_isLogarithmic)
            return tick.ToString(tick < 1e-6 ? "0e-0" : "0.######", CultureInfo.InvariantCulture);
        int decimals = (int)Math.Clamp(Math.Ceiling(-Math.Log10(Step()) - 1e-9), 0, 9);
        return tick.ToString($"N{decimals}", CultureInfo.InvariantCulture);
    }

    private double Step()
    {
        double rough = (Maximum - Minimum) / MostTicks;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return (rough / power) switch
        {
            <= 1 => power,
            <= 2 => 2 * power,
            <= 5 => 5 * power,
            _ => 10 * power,
        };
    }

    private List<double> Multiples(double step)
    {
        // A tick that a rounding error puts beyond the end is one all the same.
        double slack = 1e-9 * step;
        List<double> ticks = [];
        for (double i = Math.Ceiling((Minimum - slack) / step); i * step <= Maximum + slack; i++)
            ticks.Add(i == 0 ? 0 : i * step);
        return ticks;
    }

    /// <summary>Every so many of the powers of ten, eight at most.</summary>
    private static List<double> Thinned(List<double> powers)
    {
        int step = (powers.Count + MostPowers - 1) / MostPowers;
        return [.. powers.Where((_, i) => i % step == 0)];
    }

    /// <summary>Powers of ten times these.</summary>
    private List<double> Powers(params ReadOnlySpan<double> mantissas)
    {
        List<double> ticks = [];
        for (double e = Math.Floor(Math.Log10(Minimum)); e <= Math.Log10(Maximum) + 1e-9; e++)
        {
            foreach (double mantissa in mantissas)
            {
                double tick = mantissa * Math.Pow(10, e);
                if (tick >= Minimum * (1 - 1e-9) && tick <= Maximum * (1 + 1e-9))
                    ticks.Add(tick);
            }
        }

        return ticks;
    }
}
