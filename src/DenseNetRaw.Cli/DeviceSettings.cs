using System.Globalization;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Cli.Benchmarks;
using DenseNetRaw.Cuda;

namespace DenseNetRaw.Cli;

/// <summary>What a backend computes in and, of a GPU, how: what plans and measurements depend on.</summary>
/// <param name="Precision">fp64, fp32, tf32 or bf16.</param>
/// <param name="WorkspaceBytes">What one call of a GPU's library may work in; null of other devices.</param>
/// <param name="Deterministic">Whether algorithms that give other bits from run to run are left out.</param>
/// <param name="FusedProducts">Whether 1×1 convolutions are own kernels.</param>
internal sealed record DeviceSettings(
    string Precision, long? WorkspaceBytes = null, bool? Deterministic = null, bool? FusedProducts = null)
{
    /// <summary>As one would say them to the command.</summary>
    public string Words =>
        Precision
        + (WorkspaceBytes is { } bytes ? $", --workspace {Units.Mebibytes(bytes)}" : "")
        + (Deterministic == true ? ", --deterministic" : "")
        + (FusedProducts == true ? ", --fused-products" : "");

    /// <summary>Those of a backend.</summary>
    public static DeviceSettings Of(Backend backend) => backend is CudaBackend { Settings: { } settings }
        ? new DeviceSettings(
            settings.Precision.ToString().ToLowerInvariant(), settings.WorkspaceBytes, settings.IsDeterministic,
            settings.FusesProducts)
        : new DeviceSettings(BenchDevice.Of(backend).Precision);

    /// <summary>
    /// The device, and what the workspaces of a plan depend on: a GPU's settings, the processor's threads.
    /// </summary>
    public static string InWords(Backend backend) => backend switch
    {
        CpuBackend cpu => string.Create(
            CultureInfo.InvariantCulture,
            $"{cpu.Name} device with {cpu.Threads} {(cpu.Threads == 1 ? "thread" : "threads")}"),
        CudaBackend => $"{backend.Name} device ({Of(backend).Words})",
        _ => $"{backend.Name} device",
    };

    /// <summary>The device as the title of a run says it: of a GPU its name and the precision too.</summary>
    public static string InTitle(Backend backend) => backend is CudaBackend cuda
        ? $"{cuda.Name} ({cuda.Device.Name}, {Of(cuda).Precision})"
        : backend.Name;
}
