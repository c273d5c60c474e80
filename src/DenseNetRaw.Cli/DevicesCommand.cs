using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Cuda.Libraries;
using Spectre.Console;

namespace DenseNetRaw.Cli;

/// <summary><c>densenet devices</c>: what a model can run on here, and why something is not usable.</summary>
internal static class DevicesCommand
{
    private const string Numbers = "fp32, tf32 or bf16; no GPU has run it yet";

    public static Command New()
    {
        Option<bool> json = JsonOutput.NewOption();
        Command command = new("devices", "What a model can run on here, and why something is not usable.") { json };
        command.SetAction(parsed =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                CudaInstallation cuda = CudaInstallation.Find();
                output.WriteLine(JsonSerializer.Serialize(
                    new { Devices = Find(cuda), CudaLibraries = cuda.Libraries }, JsonOutput.Options));
            }
            else
            {
                WriteTable(output);
            }
        });
        return command;
    }

    private static IReadOnlyList<Device> Find(CudaInstallation cuda)
    {
        long total = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return
        [
            new Device(
                "reference", true, "plain float64 loops on one core: the specification, slow",
                1, null, total, HostMemory.AvailableBytes),
            new Device(
                "cpu", true, "float32, vectorised, on all cores",
                Environment.ProcessorCount, InstructionSet(), total, HostMemory.AvailableBytes),
            .. Gpus(cuda),
        ];
    }

    private static IEnumerable<Device> Gpus(CudaInstallation cuda)
    {
        return cuda.Devices.Count == 0
            ? [new Device("cuda", false, cuda.WhyNotUsable!, null, null, null, null)]
            : cuda.Devices.Select(gpu => new Device(
                $"cuda:{gpu.Ordinal}", cuda.WhyNotUsable is null, $"{gpu.Name}: {cuda.WhyNotUsable ?? Numbers}",
                gpu.MultiprocessorCount, $"compute capability {gpu.ComputeCapability}", gpu.TotalBytes, null));
    }

    /// <summary>
    /// The vector instructions that the cpu device computes with: the widest that the runtime takes for fast.
    /// </summary>
    private static string InstructionSet() => CpuBackend.WidestLanes switch
    {
        16 => "AVX-512",
        8 => "AVX2",
        _ when AdvSimd.IsSupported => "NEON",
        _ when Sse2.IsSupported => "SSE2",
        _ => "no vectors",
    };

    private static void WriteTable(TextWriter output)
    {
        CudaInstallation cuda = CudaInstallation.Find();
        Table table = ConsoleTables.New(
            ("device", false), ("usable", false), ("cores", true), ("instruction set", false), ("memory MiB", true),
            ("free MiB", true), ("what it is", false));
        foreach (Device device in Find(cuda))
        {
            table.AddPlainRow(
                device.Name, device.IsUsable ? "yes" : "no", $"{device.Cores}", device.InstructionSet ?? string.Empty,
                Mebibytes(device.MemoryBytes), Mebibytes(device.AvailableBytes), device.Description);
        }

        output.WriteTable(table);
        WriteLibraries(output, cuda);
        output.WriteLine(string.Join(
            ", ", RuntimeInformation.FrameworkDescription, RuntimeInformation.OSDescription,
            RuntimeInformation.ProcessArchitecture));
    }

    private static void WriteLibraries(TextWriter output, CudaInstallation cuda)
    {
        Table table = ConsoleTables.New(("CUDA library", false), ("version", false), ("file", false));
        foreach (FoundLibrary library in cuda.Libraries)
        {
            table.AddPlainRow(library.Name, library.Version ?? string.Empty, library.FilePath ?? "not found");
        }

        output.WriteTable(table);
        foreach (FoundLibrary library in cuda.Libraries.Where(l => l.WhyMissing is not null))
        {
            output.WriteLine(library.WhyMissing);
        }
    }

    private static string Mebibytes(long? bytes) =>
        bytes is { } known ? (known / Units.MebibyteBytes).ToString("N0", CultureInfo.InvariantCulture) : string.Empty;

    /// <summary>Something that a model could run on.</summary>
    private sealed record Device(
        string Name,
        bool IsUsable,
        string Description,
        int? Cores,
        string? InstructionSet,
        long? MemoryBytes,
        long? AvailableBytes);
}
