using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Cli.Benchmarks;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli.Benchmarks;

/// <summary>How the arena of DenseNet-BC, k = 12, batch 64, grows with depth, as planned for the cpu device.</summary>
public sealed class DepthExponentTests
{
    private static readonly List<DepthExponent> Exponents = Fit();

    [Test]
    public void Slab_OverDepths34To340_GrowsInProportion() => Assert.That(Of("slab", 34, 340), Is.AtMost(1.1));

    [Test]
    public void Naive_OverDepths100To244_GrowsNearlyWithTheSquare() =>
        Assert.That(Of("naive", 100, 244), Is.AtLeast(1.65));

    [Test]
    public void Naive_OverThePublishedDepths_IsAnHonestOne() =>
        Assert.That(Of("naive", 34, 154), Is.EqualTo(1.57).Within(0.02));

    private static double Of(string memory, int from, int to) =>
        Exponents.Single(fit => (fit.Memory, fit.From, fit.To) == (memory, from, to)).Exponent;

    private static List<DepthExponent> Fit()
    {
        using CpuBackend backend = new(4);
        MemoryBenchSettings settings = new()
        {
            GrowthRate = 12,
            BatchSize = 64,
            Networks = MemoryBenchSettings.NetworksOf(12, [34, 64, 100, 124, 154, 184, 214, 244, 340]),
            MeasuredDepths = [],
            Strategies = [MemoryStrategy.Naive, MemoryStrategy.Slab],
            TimedModel = DenseNetConfiguration.Named("densenet-bc-10-4"),
            Rounds = 1,
        };
        return DepthExponent.Of(MemorySweep.Run(settings, backend, backend.Threads, TextWriter.Null));
    }
}
