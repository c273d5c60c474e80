using System.CommandLine;
using System.Globalization;
using DenseNetRaw.Data;

namespace DenseNetRaw.Cli;

/// <summary>The flags that say how images are normalised.</summary>
internal sealed class NormalizationOptions
{
    private readonly Option<float[]?> _mean = New("--mean", "mean of red, green and blue, such as 0.4914,0.4822,0.4465");
    private readonly Option<float[]?> _deviation = New("--std", "standard deviation of red, green and blue");

    /// <summary>Every flag.</summary>
    public IReadOnlyList<Option> All => [_mean, _deviation];

    /// <summary>The normalisation that was asked for, with what was not given from <paramref name="fallback"/>.</summary>
    /// <exception cref="ArgumentException">Not three values, or a deviation that is not above 0.</exception>
    public Normalization Read(ParseResult command, Normalization fallback) => new(
        Given(command, _mean) ?? fallback.Mean, Given(command, _deviation) ?? fallback.StandardDeviation);

    /// <summary>The parser's value for a list that was not given is an empty one.</summary>
    private static float[]? Given(ParseResult command, Option<float[]?> option) =>
        command.GetValue(option) is { Length: > 0 } values ? values : null;

    private static Option<float[]?> New(string name, string description) => new(name)
    {
        Description = $"{description} [default: the data set's]",
        CustomParser = result =>
        {
            string text = string.Join(',', result.Tokens.Select(token => token.Value));
            string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
            float[] values = new float[parts.Length];
            for (int i = 0; i < parts.Length; i++)
            {
                if (!float.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]))
                {
                    result.AddError($"{name}: expected three numbers with commas between them, found '{text}'");
                    return null;
                }
            }

            return values;
        },
    };
}
