using System.CommandLine;
using DenseNetRaw.Cli.Benchmarks;

namespace DenseNetRaw.Cli;

/// <summary><c>densenet bench</c>: measurements, one sub-command each.</summary>
internal static class BenchCommand
{
    public static Command New() => new("bench", "Measurements, written as JSON, tables and pictures.")
    {
        StepBenchCommand.New(),
        OpsBenchCommand.New(),
        MemoryBenchCommand.New(),
        FamilyBenchCommand.New(),
        MemoryProbeCommand.New(),
    };
}
