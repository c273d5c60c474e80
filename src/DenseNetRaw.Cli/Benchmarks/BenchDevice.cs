using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Cuda;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>What a measurement says of the backend that it was taken on.</summary>
/// <param name="Name">The name that <c>--device</c> takes.</param>
/// <param name="Threads">Threads that compute; 1 where the processor is not what computes.</param>
/// <param name="Precision">What is computed in.</param>
internal sealed record BenchDevice(string Name, int Threads, string Precision)
{
    /// <summary>What there is to say of a backend.</summary>
    public static BenchDevice Of(Backend backend) => backend switch
    {
        CpuBackend cpu => new BenchDevice(cpu.Name, cpu.Threads, "fp32"),
        CudaBackend cuda => new BenchDevice(cuda.Name, 1, cuda.Settings.Precision.ToString().ToLowerInvariant()),
        _ => new BenchDevice(backend.Name, 1, "fp64"),
    };

    /// <summary>The machine, and the GPU where that is what computes.</summary>
    public static string MachineOf(Backend backend) => backend is CudaBackend cuda
        ? $"{cuda.Device.Name}; {BenchMachine.Description}"
        : BenchMachine.Description;
}
