using System.CommandLine;
using System.Text;
using System.Text.Json;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda;
using DenseNetRaw.Serialization;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>
/// Where <c>bench step</c> and <c>bench ops</c> leave what they find: a file, written again after every measurement so
/// that a run that is cut short leaves what it had, and standard output at the end.
/// </summary>
internal sealed class BenchOutput
{
    private static readonly JsonSerializerOptions Indented = new(JsonOutput.Options) { WriteIndented = true };

    private readonly Option<bool> _json = JsonOutput.NewOption();
    private readonly Option<string?> _file = new("--output")
    {
        Description = "write the JSON document to this file too, after every measurement; one that is there is "
            + "replaced",
        HelpName = "FILE",
    };

    /// <summary>The flags.</summary>
    public IReadOnlyList<Option> All => [_json, _file];

    /// <summary>
    /// Measures the machine's limits, takes the measurements, each written down when it is done, and measures the
    /// limits again: of each the better one counts, as whatever else the machine does makes a probe slower.
    /// </summary>
    /// <param name="command">The command line.</param>
    /// <param name="backend">What is measured.</param>
    /// <param name="measurements">One after the other; each says its result beside limits.</param>
    /// <param name="write">Writes the results for people.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Run<T>(
        ParseResult command, Backend backend, IEnumerable<Func<DeviceLimits?, T>> measurements,
        Action<BenchResults<T>, TextWriter> write)
    {
        List<T> results = [];
        List<Func<DeviceLimits?, T>> measured = [];
        double[]? loads = BenchMachine.LoadAverage();
        DeviceLimits? limits = backend.MeasureLimits();
        BenchResults<T> document = new(
            BenchMachine.Today, BuildVersion.Commit, BenchMachine.CommandLine(command), BenchDevice.MachineOf(backend),
            loads, limits, backend is CudaBackend ? DeviceSettings.Of(backend) : null, results);
        WriteFile(command, document);
        foreach (Func<DeviceLimits?, T> measurement in measurements)
        {
            measured.Add(measurement);
            results.Add(measurement(limits));
            WriteFile(command, document);
        }

        if (limits is not null && backend.MeasureLimits() is { } after)
        {
            DeviceLimits better = limits.BetterOf(after);
            document = document with { Limits = better, Results = [.. measured.Select(result => result(better))] };
            WriteFile(command, document);
        }

        TextWriter output = command.InvocationConfiguration.Output;
        if (command.GetValue(_json))
            output.WriteLine(JsonSerializer.Serialize(document, JsonOutput.Options));
        else
            write(document, output);
    }

    private void WriteFile<T>(ParseResult command, BenchResults<T> document)
    {
        if (command.GetValue(_file) is not { } file)
            return;
        string json = JsonSerializer.Serialize(document, Indented) + "\n";
        FlagOutput.ToFile(
            _file.Name, file,
            () => WholeFile.Write(Path.GetFullPath(file), stream => stream.Write(Encoding.UTF8.GetBytes(json))));
    }
}
