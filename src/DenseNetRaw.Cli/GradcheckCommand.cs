using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DenseNetRaw.Verification;
using Spectre.Console;

namespace DenseNetRaw.Cli;

/// <summary>
/// <c>densenet gradcheck</c>: the gradients of every operation against central differences in float64.
/// </summary>
internal static class GradcheckCommand
{
    public static Command New()
    {
        Option<bool> json = JsonOutput.NewOption();
        Command command = new("gradcheck", "The gradients of every operation against central differences in float64.")
        {
            json,
        };
        command.SetAction(parsed => Report(
            GradientCheck.RunAll(), parsed.GetValue(json), parsed.InvocationConfiguration.Output));
        return command;
    }

    /// <summary>Writes the results, and returns 1 if one of them does not pass.</summary>
    internal static int Report(IReadOnlyList<GradientCheckResult> results, bool asJson, TextWriter output)
    {
        if (asJson)
        {
            output.WriteLine(ToJson(results));
        }
        else
        {
            WriteTable(results, output);
        }

        return results.All(result => result.Passes) ? ExitCode.Success : ExitCode.Failure;
    }

    /// <summary>No JSON number is infinite: an error that is none is written as the largest number.</summary>
    private static string ToJson(IReadOnlyList<GradientCheckResult> results) => JsonSerializer.Serialize(
        new
        {
            Operations = results.Select(result => new
            {
                result.Name,
                MaxError = Math.Min(result.MaxError, double.MaxValue),
                result.Coordinates,
                Skipped = result.SkippedCoordinates,
            }),
        },
        JsonOutput.Options);

    private static void WriteTable(IReadOnlyList<GradientCheckResult> results, TextWriter output)
    {
        Table table = ConsoleTables.New(
            ("operation", false), ("largest error", true), ("coordinates", true), ("skipped", true), ("", false));
        foreach (GradientCheckResult result in results)
        {
            table.AddPlainRow(
                result.Name, result.MaxError.ToString("0.0e+0", CultureInfo.InvariantCulture),
                $"{result.Coordinates}", $"{result.SkippedCoordinates}", result.Passes ? "" : "FAILS");
        }

        output.WriteTable(table);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{results.Count(result => result.Passes)} of {results.Count} pass: relative L2 error of each tensor at "
            + $"most {GradientCheck.Tolerance:0e+0}."));
        output.WriteLine(
            "Coordinates where a ReLU or a maximum changes side between the two points are skipped, at most 1 %.");
    }
}
