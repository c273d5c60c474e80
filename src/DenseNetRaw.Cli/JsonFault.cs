using System.Text.Json;
using System.Text.RegularExpressions;

namespace DenseNetRaw.Cli;

/// <summary>What is wrong with a JSON text, in words of this program and not of the library that read it.</summary>
internal static partial class JsonFault
{
    /// <summary>
    /// What was found, to stand after "found": where the text is no JSON, what it lacks, or which value is another.
    /// </summary>
    public static string InWords(Exception error)
    {
        // Where the text itself is wrong, the library throws, or wraps, a kind of its own.
        if (error is not JsonException json)
            return error.Message;
        if (json.GetType() != typeof(JsonException) || json.InnerException is JsonException)
            return $"what is no JSON, in line {json.LineNumber + 1} at byte {json.BytePositionInLine + 1}";
        if (Missing().Match(json.Message) is { Success: true } missing)
            return $"none of {missing.Groups["names"].Value}";
        return json.Path is { } path ? $"another kind of value at {path.TrimStart('$', '.')}" : json.Message;
    }

    [GeneratedRegex(@"missing required properties including: (?<names>.*)\.$", RegexOptions.CultureInvariant)]
    private static partial Regex Missing();
}
