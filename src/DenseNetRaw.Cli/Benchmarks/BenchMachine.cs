using System.Globalization;
using System.Runtime.InteropServices;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>The machine that a measurement was taken on.</summary>
internal static class BenchMachine
{
    private const double GibibyteBytes = 1 << 30;

    /// <summary>Processor, cores, memory, system and runtime.</summary>
    public static string Description => string.Create(
        CultureInfo.InvariantCulture,
        $"{Processor()}, {Environment.ProcessorCount} cores, "
        + $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / GibibyteBytes:F0} GiB, "
        + $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");

    /// <summary>Linux's mean number of running threads over 1, 5 and 15 minutes; null elsewhere.</summary>
    public static double[]? LoadAverage()
    {
        const string Table = "/proc/loadavg";
        return File.Exists(Table)
            ? [.. File.ReadAllText(Table).Split(' ').Take(3).Select(s => double.Parse(s, CultureInfo.InvariantCulture))]
            : null;
    }

    private static string Processor()
    {
        const string Table = "/proc/cpuinfo";
        string? name = File.Exists(Table)
            ? File.ReadLines(Table).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return name?[(name.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
