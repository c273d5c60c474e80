using System.Text.Json;
using DenseNetRaw.Serialization;

namespace DenseNetRaw.Cli.Report;

/// <summary>Why a run ended before its time, as <c>failure.json</c> of a run folder has it.</summary>
/// <param name="AfterStep">The last step that went well; a run that has gone on since has others.</param>
/// <param name="Message">What was wrong with the next.</param>
internal sealed record RunFailure(long AfterStep, string Message)
{
    private const string FileName = "failure.json";

    private static readonly JsonSerializerOptions Strict =
        new(JsonOutput.Options) { RespectRequiredConstructorParameters = true };

    /// <summary>Writes it, if it can be written: what is wrong is more than a file that is missing.</summary>
    public static void Write(string folder, NotFiniteNumberException error)
    {
        try
        {
            long afterStep = RunMetrics.Read(folder).Steps is [.., StepMetrics last] ? last.Step : 0;
            RunFailure failure = new(afterStep, error.Message);
            WholeFile.Write(
                Path.Combine(folder, FileName), stream => JsonSerializer.Serialize(stream, failure, Strict));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            // The error itself is what the caller has to hear of.
        }
    }

    /// <summary>Reads it from a run folder whose last step is that one; null where none of it is there.</summary>
    /// <exception cref="InvalidDataException">The file is none of ours.</exception>
    public static RunFailure? TryRead(string folder, long step)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize<RunFailure>(File.ReadAllText(path), Strict) is { } failure
                && failure.AfterStep == step ? failure : null;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: expected why a run ended as JSON, found: {e.Message}", e);
        }
    }
}
