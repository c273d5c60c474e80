using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace DenseNetRaw.Cli;

/// <summary><c>densenet inspect</c>: what is in a checkpoint, a run folder or a weights file.</summary>
internal static class InspectCommand
{
    public static Command New()
    {
        Argument<string> path = new("path")
        {
            Description = "a checkpoint's folder, a run folder or its checkpoints, or a .safetensors file",
        };
        Option<bool> json = JsonOutput.NewOption();
        Command command = new(
            "inspect",
            "What is in a checkpoint, a run folder or a weights file. Checks every hash; what is damaged is named, and "
            + "the exit code is 3.")
        {
            path,
            json,
        };
        command.SetAction(parsed =>
        {
            Inspection inspection = Inspection.Of(parsed.GetValue(path)!);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
                output.WriteLine(JsonSerializer.Serialize(inspection, JsonOutput.WithoutNulls));
            else
                Write(inspection, output);
            foreach (string damage in inspection.Damage)
                parsed.InvocationConfiguration.Error.WriteLine($"densenet: {VisibleText.Of(damage)}");
            return inspection.Damage.Count == 0 ? ExitCode.Success : ExitCode.BadData;
        });
        return command;
    }

    private static void Write(Inspection inspection, TextWriter output)
    {
        output.WriteLine($"{VisibleText.Of(inspection.Path)}: {inspection.Kind}");
        if (inspection.Checkpoints is { Count: > 0 } checkpoints)
            WriteCheckpoints(checkpoints, output);
        if (inspection.WeightsFile is not null)
        {
            string model = inspection.Model?.Name ?? "weights of a model that the file does not name";
            string parameters = Text($"{inspection.Parameters:N0} parameters");
            output.WriteLine(VisibleText.Of($"{inspection.WeightsFile}: {model}, {parameters}"));
        }

        if (inspection.Tensors is { } tensors)
            WriteTensors("tensor", tensors, output);
        if (inspection.State is { } state)
            WriteTensors("momentum of", state, output);
    }

    private static void WriteCheckpoints(IReadOnlyList<InspectedCheckpoint> checkpoints, TextWriter output)
    {
        Table table = ConsoleTables.New(
            ("checkpoint", false), ("state", false), ("step", true), ("epoch", true), ("step of it", true),
            ("test acc", true), ("lr", true), ("seed", true), ("recipe", false), ("memory", false), ("device", false),
            ("size", true), ("written", false));
        foreach (InspectedCheckpoint checkpoint in checkpoints)
        {
            table.AddPlainRow(
                Path.GetFileName(Path.TrimEndingDirectorySeparator(checkpoint.Path)),
                checkpoint.IsWhole ? "whole" : "damaged",
                Text($"{checkpoint.Step}"),
                Text($"{checkpoint.Epoch}"),
                Text($"{checkpoint.StepInEpoch}"),
                Text($"{checkpoint.TestAccuracy:P2}"),
                Text($"{checkpoint.LearningRate:G6}"),
                Text($"{checkpoint.Seed}"),
                checkpoint.Recipe ?? "",
                checkpoint.Memory ?? "",
                checkpoint.Device ?? "",
                checkpoint.Files is { } files ? Units.Mebibytes(files.Sum(file => file.Bytes)) : "",
                Text($"{checkpoint.Written:yyyy-MM-dd HH:mm:ss}"));
        }

        output.WriteTable(table);
    }

    private static void WriteTensors(string heading, IReadOnlyList<TensorSummary> tensors, TextWriter output)
    {
        Table table = ConsoleTables.New(
            (heading, false), ("type", false), ("shape", false), ("min", true), ("max", true), ("mean", true),
            ("norm", true), ("not finite", true));
        foreach (TensorSummary tensor in tensors)
        {
            table.AddPlainRow(
                tensor.Name,
                tensor.Dtype,
                $"[{string.Join(", ", tensor.Shape)}]",
                Text($"{tensor.Min:G5}"),
                Text($"{tensor.Max:G5}"),
                Text($"{tensor.Mean:G5}"),
                Text($"{tensor.Norm:G5}"),
                Text($"{tensor.NonFinite}"));
        }

        output.WriteTable(table);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
