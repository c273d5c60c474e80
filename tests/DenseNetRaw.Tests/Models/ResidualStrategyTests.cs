using System.Diagnostics;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Models;

/// <summary>
/// Every strategy takes the memory of residual networks that it should; <see cref="MemoryStrategyTests"/> has the rest.
/// </summary>
public sealed class ResidualStrategyTests
{
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
}
