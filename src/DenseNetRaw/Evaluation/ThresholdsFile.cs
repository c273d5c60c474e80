using System.Globalization;
using System.Text.Json;

namespace DenseNetRaw.Evaluation;

/// <summary>
/// Thresholds of a JSON document with <c>budgets: [{budget, q, thresholds}]</c> and
/// <c>fittedOn: {model, sha256, mean, std}</c>, as <c>densenet eval --exits budget --json</c> prints.
/// </summary>
/// <param name="Path">The file.</param>
/// <param name="Budgets">The thresholds of each budget.</param>
/// <param name="FittedOn">The weights that they are for; null where the file, an old one, does not say.</param>
public sealed record ThresholdsFile(
    string Path, IReadOnlyList<FittedThresholds> Budgets, WeightsIdentity? FittedOn)
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="exits">Exits of the network that they are for.</param>
    /// <exception cref="InvalidDataException">It is missing or wrong, or of a network with other exits.</exception>
    public static ThresholdsFile Read(string path, int exits)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            return new ThresholdsFile(
                path, [.. Property(root, "budgets").EnumerateArray().Select(Fitted)],
                root.TryGetProperty("fittedOn", out JsonElement on) && on.ValueKind != JsonValueKind.Null
                    ? new WeightsIdentity(Text(on, "model"), Text(on, "sha256"))
                    {
                        Mean = Numbers(on, "mean"),
                        StandardDeviation = Numbers(on, "std"),
                    }
                    : null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{path}: expected a file with thresholds, found: {e.Message}", e);
        }
        catch (Exception e)
            when (e is JsonException or InvalidOperationException or FormatException
                or ArgumentException)
        {
            throw new InvalidDataException(
                $"{path}: expected what 'eval --exits budget --json' prints, budgets: [{{budget, q, thresholds}}], for "
                + $"{exits} exits, found another document: {e.Message}",
                e);
        }

        static JsonElement Property(JsonElement one, string name) =>
            one.ValueKind == JsonValueKind.Object && one.TryGetProperty(name, out JsonElement value)
                ? value
                : throw new FormatException($"there is no '{name}' where one is expected");

        static string Text(JsonElement one, string name) =>
            Property(one, name).GetString() ?? throw new FormatException($"'{name}' is no text");

        static float[]? Numbers(JsonElement one, string name) =>
            one.TryGetProperty(name, out JsonElement values) && values.ValueKind != JsonValueKind.Null
                ? [.. values.EnumerateArray().Select(value => value.GetSingle())]
                : null;

        FittedThresholds Fitted(JsonElement one)
        {
            double[] values =
            [
                .. Property(one, "thresholds").EnumerateArray().Select(
                    value => value.ValueKind == JsonValueKind.Null ? double.PositiveInfinity : value.GetDouble()),
            ];
            JsonElement budget = Property(one, "budget");
            return values.Length == exits - 1
                ? new FittedThresholds(
                    budget.ValueKind == JsonValueKind.Null ? null : budget.GetDouble(),
                    Property(one, "q").GetDouble(),
                    new ExitThresholds(values))
                : throw new ArgumentException($"it has {values.Length} thresholds and not {exits - 1}");
        }
    }

    /// <summary>
    /// Fails if the thresholds are of other weights, or of inputs normalised otherwise: those are as sure of other
    /// images, so that neither the shares nor the budget would be what they were fitted for. What the file does not say
    /// is not compared.
    /// </summary>
    /// <exception cref="InvalidDataException">They are.</exception>
    public void RequireFittedOn(WeightsIdentity weights)
    {
        if (FittedOn is null)
            return;
        if (!FittedOn.Sha256.Equals(weights.Sha256, StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidDataException(
                $"{Path}: expected thresholds that were fitted on the weights {weights}, found those of {FittedOn}; "
                + "fit them again with eval --exits budget --json");
        }

        Require("mean", weights.Mean, FittedOn.Mean);
        Require("std", weights.StandardDeviation, FittedOn.StandardDeviation);

        void Require(string name, IReadOnlyList<float>? used, IReadOnlyList<float>? fitted)
        {
            if (used is not null && fitted is not null && !used.SequenceEqual(fitted))
            {
                throw new InvalidDataException(
                    $"{Path}: expected thresholds that were fitted with the {name} {InWords(used)}, found those of "
                    + $"{InWords(fitted)}; give --{name}, or fit them again with eval --exits budget --json");
            }
        }
    }

    private static string InWords(IReadOnlyList<float> values) =>
        string.Join(',', values.Select(value => value.ToString(CultureInfo.InvariantCulture)));
}
