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
    private const string Numbers = "fp32, tf32 or bf16";

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
        IReadOnlyList<Device> devices = Find(cuda);
        Table table = ConsoleTables.New(
            ("device", false), ("usable", false), ("cores", true), ("instruction set", false), ("memory MiB", true),
            ("free MiB", true));
        foreach (Device device in devices)
        {
            // The row is to fit into 80 columns.
            string instructions = device.InstructionSet?.Replace("compute ", "", StringComparison.Ordinal) ?? "";
            table.AddPlainRow(
                device.Name, device.IsUsable ? "yes" : "no, see below", $"{device.Cores}", instructions,
                Mebibytes(device.MemoryBytes), Mebibytes(device.AvailableBytes));
        }

        output.WriteTable(table);
        foreach (Device device in devices.Where(d => d.IsUsable))
        {
            output.WriteText($"{device.Name}: {device.Description}");
        }

        foreach (string sentence in WhyNot(cuda))
        {
            output.WriteText(sentence);
        }

        WriteLibraries(output, cuda);
        output.WriteText(string.Join(
            ", ", RuntimeInformation.FrameworkDescription, RuntimeInformation.OSDescription,
            RuntimeInformation.ProcessArchitecture));
    }

    /// <summary>
    /// Why cuda is not usable, and what else is missing, each once. Without a driver the libraries help nobody: they
    /// share a sentence.
    /// </summary>
    private static IEnumerable<string> WhyNot(CudaInstallation cuda)
    {
        FoundLibrary[] missing = [.. cuda.Libraries.Where(library => library.WhyMissing is not null)];
        if (cuda.WhyNotUsable is { } why)
        {
            yield return $"cuda: {why}";
        }

        if (missing is [{ Library: CudaLibrary.Driver }, _, ..])
        {
            yield return $"{string.Join(", ", missing.Skip(1).Select(library => library.Name))}: not found either; "
                + "install the CUDA toolkit (11.8 to 13) and cuDNN (8 or 9), or name their folders in "
                + LibraryPlaces.Variable;
        }
        else
        {
            foreach (FoundLibrary library in missing.Where(library => library.WhyMissing != cuda.WhyNotUsable))
            {
                yield return library.WhyMissing!;
            }
        }

        if (cuda.Devices.Count == 0)
        {
            yield return CudaOptions.Proof;
        }
    }

    private static void WriteLibraries(TextWriter output, CudaInstallation cuda)
    {
        Table table = ConsoleTables.New(("CUDA library", false), ("version", false), ("file", false));
        foreach (FoundLibrary library in cuda.Libraries)
        {
            table.AddPlainRow(library.Name, library.Version ?? string.Empty, library.FilePath ?? "-");
        }

        output.WriteTable(table);
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
