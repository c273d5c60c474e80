using System.CommandLine;
using System.Globalization;

namespace DenseNetRaw.Cli;

/// <summary>
/// Flags that take a real number. The parser's own would take the comma of <c>0,1</c> for a separator of thousands, and
/// so the number for 1; here a number has a point or is refused.
/// </summary>
internal static class RealOption
{
    /// <summary>A flag with a value to fall back on.</summary>
    public static Option<double> New(string name, string description, double value) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => value,
        CustomParser = result => Parse(name, result.Tokens[^1].Value, result.AddError),
    };

    /// <summary>A flag that may be left out.</summary>
    public static Option<double?> NewOptional(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => Parse(name, result.Tokens[^1].Value, result.AddError),
    };

    private static double Parse(string name, string text, Action<string> refuse)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
            refuse($"{name}: expected a number such as 0.1, found '{text}'");
        return value;
    }
}
