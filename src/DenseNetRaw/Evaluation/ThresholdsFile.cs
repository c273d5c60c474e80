using System.Text.Json;

namespace DenseNetRaw.Evaluation;

/// <summary>
/// Reads thresholds from a JSON document with <c>budgets: [{budget, q, thresholds}]</c>, as
/// <c>densenet eval --exits budget --json</c> prints.
/// </summary>
public static class ThresholdsFile
{
    /// <summary>The thresholds in a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="exits">Exits of the network that they are for.</param>
    /// <exception cref="InvalidDataException">It is missing or wrong, or of a network with other exits.</exception>
    public static IReadOnlyList<FittedThresholds> Read(string path, int exits)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return [.. Property(document.RootElement, "budgets").EnumerateArray().Select(Fitted)];
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
}
