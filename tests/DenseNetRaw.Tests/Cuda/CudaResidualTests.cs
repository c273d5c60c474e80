using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Cuda;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Tests.Models;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>Training steps of small residual networks, beside the Cpu backend's.</summary>
public sealed class CudaResidualTests
{
    private static IEnumerable<ModelConfiguration> Networks() => ResidualNetworks.All;

    [TestCaseSource(nameof(Networks))]
    public void SlabMinimal_InFp32_GivesTheNumbersOfTheCpuBackend(ModelConfiguration network)
    {
        using CudaBackend backend = TestBackend.New(CudaPrecision.Fp32);
        using CpuBackend cpu = new(threads: 2);
        Dictionary<string, double[]> actual = NetworkStep.Play(
            network, MemoryStrategy.SlabMinimal, backend, isPoisoned: false);
        Dictionary<string, double[]> expected = NetworkStep.Play(
            network, MemoryStrategy.SlabMinimal, cpu, isPoisoned: false);
        NetworkStep.AssertSame(actual, expected, CudaNetworkTests.Fp32Tolerance, "cuda");
    }
}
