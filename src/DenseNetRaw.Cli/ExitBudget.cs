using System.Globalization;

namespace DenseNetRaw.Cli;

/// <summary>An average cost of an image: multiply-adds, or percent of the full network's.</summary>
internal readonly record struct ExitBudget(double Amount, bool IsPercent)
{
    /// <summary>How one may be written.</summary>
    public const string Form = "multiply-adds an image, such as 30M (K, M, G), or 50% of the full network's";

    /// <summary>Reads one; null where the text is none.</summary>
    public static ExitBudget? Parse(string text)
    {
        (double unit, bool isPercent) = text.ToUpperInvariant().LastOrDefault() switch
        {
            'K' => (1e3, false),
            'M' => (1e6, false),
            'G' => (1e9, false),
            '%' => (1, true),
            _ => (0, false),
        };
        string number = unit == 0 ? text : text[..^1];
        return double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            ? new ExitBudget(value * (unit == 0 ? 1 : unit), isPercent)
            : null;
    }

    /// <summary>Multiply-adds an image.</summary>
    public double MultiplyAdds(long full) => IsPercent ? Amount / 100 * full : Amount;
}
