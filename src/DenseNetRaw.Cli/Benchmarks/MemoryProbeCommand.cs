using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>
/// <c>densenet bench memory-probe</c>: plays training steps and prints what they took, as JSON. <c>bench memory</c>
/// starts it as a process of its own, so that nothing else is in the number.
/// </summary>
internal static class MemoryProbeCommand
{
    /// <summary>The command's name.</summary>
    public const string Name = "memory-probe";

    private const int Steps = 2;

    public static Command New()
    {
        ModelOptions modelOptions = new("densenet-bc-100-12");
        BackendOptions backendOptions = new();
        Option<int> batchSize = PlanCommand.NewBatchSize();
        Command command = new(Name, "Memory that training steps take in this process, as JSON.") { batchSize };
        command.Hidden = true;
        command.AddAll(modelOptions.All);
        command.AddAll(backendOptions.All);
        command.SetAction(parsed =>
        {
            using Backend backend = backendOptions.NewHostBackend(parsed);
            MemoryMeasurement measurement = Measure(
                modelOptions.Read(parsed).NewModel(), backend, backendOptions.Memory(parsed),
                PlanCommand.ReadBatchSize(parsed, batchSize));
            parsed.InvocationConfiguration.Output.WriteLine(
                JsonSerializer.Serialize(measurement, JsonOutput.Options));
        });
        return command;
    }

    /// <summary>Plays two training steps on noise, in this process.</summary>
    private static MemoryMeasurement Measure(Model model, Backend backend, MemoryStrategy memory, int batchSize)
    {
        SessionPlan plan = new(
            model, backend, new SessionSettings { TrainingBatchSizes = [batchSize], Memory = memory },
            isForThisDevice: true);
        plan.RequireFit();
        RandomBatch batch = new(model, batchSize);
        long held = ResidentBytes();
        using Session session = new(plan);
        for (int step = 0; step < Steps; step++)
            session.Train(batch.Pixels, batch.Labels, RandomBatch.LearningRate);
        return new MemoryMeasurement(
            session.ArenaBytes, session.Parameters.Bytes, held, Units.ProcessPeakBytes());
    }

    private static long ResidentBytes()
    {
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
