using System.CommandLine;
using System.Text;
using DenseNetRaw.Backends;
using DenseNetRaw.Cli.Charts;
using DenseNetRaw.Cli.Trace;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Serialization;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary>
/// <c>densenet trace</c>: the tape of a model as a table, graph or page, or the numbers of a tiny block.
/// </summary>
internal static class TraceCommand
{
    private const string DefaultModel = "densenet-bc-22-12";
    private const string AsTable = "table", AsDot = "dot", AsHtml = "html";

    public static Command New()
    {
        ModelOptions modelOptions = new(DefaultModel);
        BackendOptions backendOptions = new();
        Option<int> batchSize = PlanCommand.NewBatchSize();
        Option<bool> values = new("--values")
        {
            Description = "play a tiny block on the reference device, instead of a model's tape, and print what each "
                + "call writes and where [default of --memory with it: slab-minimal]",
        };
        Option<string> format = new("--format")
        {
            Description = "table; dot, a graph that Graphviz draws; html, a page with a map of the arena",
            DefaultValueFactory = _ => AsTable,
        };
        format.TakeOnly(AsTable, AsDot, AsHtml);
        Option<string?> outputFile = new("--output")
        {
            Description = "write to this file, not to standard output",
            HelpName = "FILE",
        };
        Option<string?> chrome = new("--chrome")
        {
            Description = "play a step on noise, call by call, and write the times and the memory in use to this file "
                + "for Perfetto or chrome://tracing, .json or .json.gz",
            HelpName = "FILE",
        };
        Command command = new("trace", "The tape of a training step: nodes, storages, lives, places, recompute marks.")
        {
            batchSize,
            values,
            format,
            outputFile,
            chrome,
        };
        command.AddAll(modelOptions.All);
        command.AddAll(backendOptions.All);
        command.SetAction(parsed =>
        {
            using StringWriter text = new();
            if (parsed.GetValue(values))
            {
                if (parsed.GetValue(format) != AsTable)
                    throw new ArgumentException($"--values prints numbers, not --format {parsed.GetValue(format)}");
                MemoryStrategy memory =
                    backendOptions.IsMemoryGiven(parsed) ? backendOptions.Memory(parsed) : MemoryStrategy.SlabMinimal;
                if (backendOptions.Budget(parsed) is not null)
                    throw new ArgumentException("--values plays a block that needs no --memory-budget");
                using TinyBlock block = new(memory);
                TraceValues.Write(block, text);
                Write(parsed, outputFile, text);
                return;
            }

            if (parsed.GetValue(chrome) is { } file)
            {
                using Backend playing = backendOptions.NewBackend(parsed);
                ChromeTrace.Write(
                    chrome.Name, file, modelOptions.Read(parsed).NewModel(), playing,
                    backendOptions.Session(parsed) with
                    {
                        TrainingBatchSizes = [PlanCommand.ReadBatchSize(parsed, batchSize)],
                    });
                parsed.InvocationConfiguration.Output.WriteLine(VisibleText.Of(Path.GetFullPath(file)));
                return;
            }

            using Backend backend = backendOptions.NewPlannedBackend(parsed);
            ModelConfiguration model = modelOptions.Read(parsed);
            int images = PlanCommand.ReadBatchSize(parsed, batchSize);
            SessionPlan plan = new(
                model.NewModel(), backend, backendOptions.Session(parsed) with { TrainingBatchSizes = [images] });
            if (backendOptions.Budget(parsed) is not null)
                plan.RequireFit();
            Write(parsed.GetValue(format)!, new Timeline(model.Name, images, backend.Name, plan), text);
            Write(parsed, outputFile, text);
        });
        return command;
    }

    private static void Write(string format, Timeline timeline, StringWriter text)
    {
        switch (format)
        {
            case AsDot:
                text.Write(TraceDot.Of(new TracedStep(timeline)));
                break;
            case AsHtml:
                text.Write(TracePage.Of(new TracedStep(timeline)));
                break;
            default:
                TraceTable.Write(timeline.Tape, timeline.Plan, text);
                break;
        }
    }

    /// <summary>To the file if one is named, which is whole or not there; else to standard output.</summary>
    private static void Write(ParseResult command, Option<string?> outputFile, StringWriter text)
    {
        if (command.GetValue(outputFile) is not { } path)
        {
            command.InvocationConfiguration.Output.Write(text.ToString());
            return;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
        FlagOutput.ToFile(outputFile.Name, path, () => WholeFile.Write(path, stream => stream.Write(bytes)));
    }
}
