using System.CommandLine;
using System.Text.Json;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>
/// <c>densenet bench memory</c>: memory against depth, planned and measured, and time per strategy, beside figures 4
/// and 5 of Pleiss et al. 2017, arXiv:1707.06990.
/// </summary>
internal static class MemoryBenchCommand
{
    public static Command New()
    {
        MemoryBenchOptions options = new();
        BackendOptions backendOptions = new();
        Option<string> output = new("--output")
        {
            Description = "folder for DATE-memory.json, DATE-memory.md and the two pictures; those of the same day and "
                + "the pictures of any are replaced",
            DefaultValueFactory = _ => Path.Combine("benchmarks", "results"),
        };
        Option<bool> json = JsonOutput.NewOption();
        Command command = new("memory", "Memory against depth, planned and measured, and time per strategy.")
        {
            output,
            json,
        };
        command.AddAll(options.All);
        command.AddAll(backendOptions.Device);
        command.SetAction(parsed =>
        {
            MemoryBenchSettings settings = options.Read(parsed);
            using Backend backend = backendOptions.NewHostBackend(parsed);
            StepTimes.RequireRoom(settings, backend);
            string folder = parsed.GetValue(output)!;
            FlagOutput.MakeFolder(output.Name, folder);
            MemoryBenchResults results = Run(parsed, settings, backend);
            string page = MemoryBenchPage.Of(results);
            InvocationConfiguration streams = parsed.InvocationConfiguration;
            FlagOutput.ToFolder(output.Name, folder, () => streams.Error.WriteLine(
                $"written: {string.Join(", ", MemoryBenchFiles.Write(results, page, Path.GetFullPath(folder)))}"));
            streams.Output.WriteLine(
                parsed.GetValue(json) ? JsonSerializer.Serialize(results, JsonOutput.Options) : page);
        });
        return command;
    }

    private static MemoryBenchResults Run(ParseResult parsed, MemoryBenchSettings settings, Backend backend)
    {
        TextWriter progress = parsed.InvocationConfiguration.Error;
        int threads = BenchDevice.Of(backend).Threads;
        double[]? loads = BenchMachine.LoadAverage();
        List<DepthResult> sweep = MemorySweep.Run(settings, backend, threads, progress);
        List<TimeResult> times = StepTimes.Measure(settings, backend, threads, progress);
        return new MemoryBenchResults(
            BenchMachine.Today, BuildVersion.Commit,
            BenchMachine.CommandLine(parsed), BenchMachine.Description, loads, settings.GrowthRate, sweep,
            DepthExponent.Of(sweep), times);
    }
}
