using System.CommandLine;
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

    /// <summary>The day, as in the names of files.</summary>
    public static string Today => DateTime.Now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The command that measures, as one would type it.</summary>
    public static string CommandLine(ParseResult command) =>
        $"densenet {string.Join(' ', command.Tokens.Select(token => Quoted(token.Value)))}";

    /// <summary>Linux's mean number of running threads over 1, 5 and 15 minutes; null elsewhere.</summary>
    public static double[]? LoadAverage()
    {
        const string Table = "/proc/loadavg";
        return File.Exists(Table)
            ? [.. File.ReadAllText(Table).Split(' ').Take(3).Select(s => double.Parse(s, CultureInfo.InvariantCulture))]
            : null;
    }

    private static string Quoted(string word) => word.Contains(' ', StringComparison.Ordinal) ? $"\"{word}\"" : word;

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
