using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using DenseNetRaw.Models;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary>The flags that a run was started with, as its checkpoints know them, for a run that goes on.</summary>
internal static class SavedFlags
{
    private const string Data = "data";

    /// <summary>The command line with the flags of the checkpoint's run that it does not have itself.</summary>
    /// <param name="command">The parsed command line.</param>
    /// <param name="checkpoint">Where the run goes on.</param>
    /// <param name="excluded">Flags that are not taken from the checkpoint.</param>
    /// <exception cref="InvalidDataException">The checkpoint has flags that this program does not know.</exception>
    public static ParseResult AddTo(ParseResult command, Checkpoint checkpoint, IEnumerable<Option> excluded)
    {
        HashSet<string> without = [.. excluded.Select(option => option.Name)];
        List<string> line = [.. command.Tokens.Select(token => token.Value)];
        if (checkpoint.Manifest.Arguments["arguments"] is JsonObject arguments)
        {
            foreach (Option option in command.CommandResult.Command.Options.Where(o => !without.Contains(o.Name)))
            {
                string name = option.Name.TrimStart('-');
                bool isGiven = command.GetResult(option) is { Implicit: false };
                if (!isGiven && arguments[name] is JsonObject saved && (string?)saved["from"] == "flag")
                    line.AddRange(Words(option.Name, saved["value"], checkpoint.Manifest.Arguments));
            }
        }

        ParseResult whole = command.RootCommandResult.Command.Parse(line);
        return whole.Errors.Count == 0
            ? whole
            : throw new InvalidDataException(
                $"{checkpoint.FullName}: expected flags that this program knows, found: {whole.Errors[0].Message}");
    }

    /// <summary>
    /// The recipe that the checkpoint's run went by, which need not be what its model has by now; null where the
    /// checkpoint, an old one, does not say.
    /// </summary>
    /// <exception cref="InvalidDataException">It is none that this program knows.</exception>
    public static Recipe? RecipeOf(Checkpoint checkpoint) => checkpoint.Manifest.Recipe is not { } name
        ? null
        : Recipe.All.FirstOrDefault(recipe => recipe.Name == name) ?? throw new InvalidDataException(
            $"{checkpoint.FullName}: expected a recipe that this program knows, found '{name}'; give --recipe");

    /// <summary>A flag and its value as words of a command line.</summary>
    private static IReadOnlyList<string> Words(string flag, JsonNode? value, JsonNode document) => value switch
    {
        null => [],
        JsonArray list => [flag, string.Join(',', list.Select(item => item!.ToJsonString()))],
        _ when value.GetValueKind() == JsonValueKind.True => [flag],
        _ when value.GetValueKind() == JsonValueKind.False => [],
        _ when flag == $"--{Data}" => [flag, (string?)document[Data]?["path"] ?? value.GetValue<string>()],
        _ => [flag, value.ToString()],
    };
}
