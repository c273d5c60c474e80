using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DenseNetRaw.Models;
using Spectre.Console;

namespace DenseNetRaw.Cli;

/// <summary><c>densenet describe</c>: parameters, multiply-adds and shapes of a model, per layer and in all.</summary>
internal static class DescribeCommand
{
    private const string DefaultModel = "densenet-bc-100-12";

    public static Command New()
    {
        ModelOptions modelOptions = new(DefaultModel);
        Option<bool> json = JsonOutput.NewOption();
        Command command = new("describe", "Parameters, multiply-adds and shapes, per layer and in all.") { json };
        command.AddAll(modelOptions.All);
        command.SetAction(parsed =>
        {
            ModelDescription description = ModelDescription.Of(modelOptions.Read(parsed).NewModel());
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                output.WriteLine(ToJson(description));
            }
            else
            {
                WriteTable(description, output);
            }
        });
        return command;
    }

    private static string ToJson(ModelDescription description) => JsonSerializer.Serialize(
        new
        {
            description.Model,
            description.Parameters,
            description.HeadParameters,
            description.MultiplyAdds,
            Exits = description.Exits.Count > 1 ? description.Exits : null,
            Layers = description.Layers.Select(layer => new
            {
                layer.Name,
                layer.Operation,
                Input = JsonOutput.Extents(layer.Input),
                Output = JsonOutput.Extents(layer.Output),
                layer.Parameters,
                layer.MultiplyAdds,
            }),
        },
        JsonOutput.WithoutNulls);

    private static void WriteTable(ModelDescription description, TextWriter output)
    {
        Table table = ConsoleTables.New(
            ("layer", false), ("operation", false), ("input", true), ("output", true), ("parameters", true),
            ("multiply-adds", true));
        foreach (LayerDescription layer in description.Layers)
        {
            table.AddPlainRow(
                layer.Name, layer.Operation, $"{layer.Input}", $"{layer.Output}", Text(layer.Parameters),
                Text(layer.MultiplyAdds));
        }

        output.WriteTable(table);
        if (description.Exits.Count > 1)
        {
            WriteExits(description.Exits, output);
        }

        output.WriteLine(
            $"{description.Model}: {Text(description.Parameters)} parameters, {Text(description.MultiplyAdds)} "
            + "multiply-adds an image"
            + (description.HeadParameters == 0 ? ""
                : $"; {Text(description.HeadParameters)} parameters more in training, of heads before its end"));
    }

    private static void WriteExits(IReadOnlyList<ExitDescription> exits, TextWriter output)
    {
        Table table = ConsoleTables.New(
            ("exit", true), ("parameters", true), ("multiply-adds", true), ("operations", true));
        foreach (ExitDescription exit in exits)
        {
            table.AddPlainRow(
                Text(exit.Exit), Text(exit.Parameters), Text(exit.MultiplyAdds), Text(exit.Operations));
        }

        output.WriteTable(table);
    }

    private static string Text(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
