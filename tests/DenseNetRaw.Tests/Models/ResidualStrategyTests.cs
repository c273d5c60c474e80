using System.Diagnostics;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Models;

/// <summary>Every strategy computes the same of residual networks, and takes the memory that it should.</summary>
public sealed class ResidualStrategyTests
{
    private const double Float64Tolerance = 1e-12;
    private const double Float32Tolerance = 1e-4;

    private static IEnumerable<ModelConfiguration> Networks() => ResidualNetworks.All;

    [TestCaseSource(nameof(Networks))]
    public void Rungs_OnTheReferenceBackend_GiveTheNumbersOfNaive(ModelConfiguration network)
    {
        using ReferenceBackend backend = new();
        CompareWithNaive(network, backend, Float64Tolerance);
    }

    [TestCaseSource(nameof(Networks))]
    public void Rungs_OnTheCpuBackend_GiveTheNumbersOfNaive(ModelConfiguration network)
    {
        using CpuBackend backend = new(threads: 3);
        CompareWithNaive(network, backend, Float32Tolerance);
    }

    /// <summary>A poisoned play computes what is behind closed gates, a plain one leaves it out.</summary>
    [TestCaseSource(nameof(Networks))]
    public void PlayedPoisoned_EveryRungOnEveryBackend_ChangesNoBit(ModelConfiguration network)
    {
        using ReferenceBackend reference = new();
        using CpuBackend cpu = new(threads: 3);
        foreach (Backend backend in new Backend[] { reference, cpu })
        {
            foreach (MemoryStrategy memory in Rungs.WithAuto(network, backend))
            {
                NetworkStep.AssertPoisonChangesNoBit(network, memory, backend);
            }
        }
    }

    /// <summary>
    /// A unit of 64 channels has values of 256 and as many gradients; slab keeps 64 + 2 · 16, and slab-minimal 64.
    /// </summary>
    [Test]
    public void Arena_OfPreactivationResNet1001At64Images_IsAFractionOfNaive()
    {
        using CpuBackend backend = new(threads: 4);
        ModelConfiguration network = ModelConfiguration.Named("preact-resnet-1001");
        Stopwatch watch = Stopwatch.StartNew();
        long[] peaks = [.. new[] { MemoryStrategy.Naive, MemoryStrategy.Slab, MemoryStrategy.SlabMinimal }
            .Select(memory => Rungs.PeakBytes(network, memory, backend, batchSize: 64))];
        TestContext.Out.WriteLine(
            $"{string.Join(", ", peaks.Select(peak => $"{peak / (double)(1 << 20):F1} MiB"))} in {watch.Elapsed}");
        Assert.That((double)peaks[1] / peaks[0], Is.LessThan(0.22));
        Assert.That((double)peaks[2] / peaks[0], Is.LessThan(0.15));
    }

    private static void CompareWithNaive(ModelConfiguration network, Backend backend, double tolerance)
    {
        Dictionary<string, double[]> naive = NetworkStep.Play(network, MemoryStrategy.Naive, backend);
        foreach (MemoryStrategy memory in Rungs.WithAuto(network, backend))
        {
            ResidualNetworks.AssertSame(NetworkStep.Play(network, memory, backend), naive, tolerance, memory.Name);
        }
    }
}
