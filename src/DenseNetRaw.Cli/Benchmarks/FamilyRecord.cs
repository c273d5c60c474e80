using System.Text.Json;
using DenseNetRaw.Serialization;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>
/// The file beside a run folder that says with what line it was trained, and when it has ended how: a run of another
/// line is not gone on with, and one that is over is not begun again.
/// </summary>
/// <param name="Command">The words of the line, without where its files lie and how long it may take.</param>
/// <param name="Outcome">How it ended; null until it has.</param>
internal sealed record FamilyRecord(IReadOnlyList<string> Command, FamilyOutcome? Outcome)
{
    private static readonly JsonSerializerOptions Indented = new(JsonOutput.Options) { WriteIndented = true };

    /// <summary>What the file says; null if there is none.</summary>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static FamilyRecord? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            FamilyRecord? record = JsonSerializer.Deserialize<FamilyRecord>(File.ReadAllText(path), JsonOutput.Options);
            if (record?.Command is not null)
                return record;
        }
        catch (JsonException)
        {
            // Told below, in the words of this program.
        }

        throw new InvalidDataException($"{path}: expected the record of a run of 'bench family', found another file");
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    public void Write(string path) =>
        WholeFile.Write(path, stream => JsonSerializer.Serialize(stream, this, Indented));

    /// <summary>Fails unless the run was trained with these words.</summary>
    /// <exception cref="ArgumentException">It was not: both lines.</exception>
    public void RequireSame(IReadOnlyList<string> command, string path)
    {
        if (!Command.SequenceEqual(command))
        {
            throw new ArgumentException(
                $"--output: {path} is of another run; expected 'densenet {string.Join(' ', command)}', found "
                + $"'densenet {string.Join(' ', Command)}'");
        }
    }
}
