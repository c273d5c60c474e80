using System.CommandLine;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary><c>densenet trace</c>: the tape of a model as a table, or the numbers of a tiny block.</summary>
internal static class TraceCommand
{
    private const string DefaultModel = "densenet-bc-22-12";

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
        Command command = new("trace", "The tape of a training step: nodes, storages, lives, places, recompute marks.")
        {
            batchSize,
            values,
        };
        command.AddAll(modelOptions.All);
        command.AddAll(backendOptions.All);
        command.SetAction(parsed =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(values))
            {
                MemoryStrategy memory =
                    backendOptions.IsMemoryGiven(parsed) ? backendOptions.Memory(parsed) : MemoryStrategy.SlabMinimal;
                if (backendOptions.Budget(parsed) is not null)
                    throw new ArgumentException("--values plays a block that needs no --memory-budget");
                using TinyBlock block = new(memory);
                TraceValues.Write(block, output);
                return;
            }

            using Backend backend = backendOptions.NewPlannedBackend(parsed);
            SessionPlan plan = new(
                new DenseNet(modelOptions.Read(parsed)), backend,
                backendOptions.Session(parsed) with
                {
                    TrainingBatchSizes = [PlanCommand.ReadBatchSize(parsed, batchSize)],
                });
            if (backendOptions.Budget(parsed) is not null)
                plan.RequireFit();
            RecordedStep step = plan.LargestStep;
            TraceTable.Write(step.Tape, step.Plan, output);
        });
        return command;
    }
}
