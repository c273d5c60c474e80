using System.CommandLine;
using System.Globalization;
using DenseNetRaw.Data;

namespace DenseNetRaw.Cli;

/// <summary>The flags that say how images are normalised.</summary>
internal sealed class NormalizationOptions
{
    private readonly Option<float[]?> _mean = New(
        "--mean", "mean of red, green and blue, such as 0.4914,0.4822,0.4465");
    private readonly Option<float[]?> _deviation = New("--std", "standard deviation of red, green and blue");

    /// <summary>Every flag.</summary>
    public IReadOnlyList<Option> All => [_mean, _deviation];

    /// <summary>Whether any was asked for.</summary>
    public bool IsGiven(ParseResult command) =>
        command.Given(_mean) is not null || command.Given(_deviation) is not null;

    /// <summary>
    /// The normalisation that was asked for, with what was not given from <paramref name="fallback"/>.
    /// </summary>
    /// <exception cref="ArgumentException">Not three values, or a deviation that is not above 0.</exception>
    public Normalization Read(ParseResult command, Normalization fallback)
    {
        Normalization withMean = command.Given(_mean) is { } mean
            ? Flags.Read(_mean, () => new Normalization(mean, fallback.StandardDeviation))
            : fallback;
        return command.Given(_deviation) is { } deviation
            ? Flags.Read(_deviation, () => new Normalization(withMean.Mean, deviation))
            : withMean;
    }

    private static Option<float[]?> New(string name, string description) => Flags.NewList<float>(
        name, $"{description} [default: the data set's]", "three numbers", NumberStyles.Float, null, ',');
}
