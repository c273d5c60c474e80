using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>Starts this program again to measure the memory of training steps.</summary>
internal static class MemoryProbe
{
    /// <summary>What steps of the network take; null if there was too little memory left for them.</summary>
    /// <param name="planned">Network, batch, strategy, device and threads.</param>
    /// <exception cref="IOException">The process failed; its sentence.</exception>
    public static MemoryMeasurement? Measure(DepthResult planned)
    {
        ProcessStartInfo start = new(DotnetHost())
        {
            ArgumentList =
            {
                typeof(MemoryProbe).Assembly.Location, "bench", MemoryProbeCommand.Name,
                "--model", planned.Model, "--batch-size", Text(planned.BatchSize), "--memory", planned.Memory,
                "--device", planned.Device, "--threads", Text(planned.Threads),
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode switch
        {
            ExitCode.Success => JsonSerializer.Deserialize<MemoryMeasurement>(output, JsonOutput.Options)!,
            ExitCode.OutOfMemory => null,
            _ => throw new IOException(
                $"the process that measured {planned.Model}, {planned.Memory}, failed with exit code "
                + $"{process.ExitCode}: {error.Result.Trim()}"),
        };
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The host of this process's runtime: it lies three folders above it.</summary>
    internal static string DotnetHost()
    {
        string root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        return Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
    }
}
