using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Cli.Benchmarks;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli.Benchmarks;

/// <summary>What a step takes in a process of its own is what was planned.</summary>
public sealed class MemoryProbeTests
{
    private const long Mebibyte = 1 << 20;

    /// <summary>Arenas of some 200 MiB: the process has little besides, and they fit anywhere.</summary>
    [TestCase("naive", 16)]
    [TestCase("slab", 112)]
    public void Probe_OfAMediumNetwork_TakesWhatWasPlanned(string memory, int batchSize)
    {
        using CpuBackend backend = new(2);
        MemoryBenchSettings settings = new()
        {
            GrowthRate = 12,
            BatchSize = batchSize,
            Networks = MemoryBenchSettings.NetworksOf(12, [34]),
            MeasuredDepths = [34],
            Strategies = [MemoryStrategy.Named(memory)],
            TimedModel = DenseNetConfiguration.Named("densenet-bc-10-4"),
            Rounds = 1,
        };
        DepthResult result = MemorySweep.Run(settings, backend, backend.Threads, TextWriter.Null).Single();
        MemoryMeasurement measured = result.Measured!;
        Assert.Multiple(() =>
        {
            Assert.That(result.PeakBytes, Is.InRange(150 * Mebibyte, 300 * Mebibyte));
            Assert.That(measured.ArenaBytes, Is.EqualTo(result.PeakBytes));
            Assert.That(measured.OutsideBytes, Is.EqualTo(result.OutsideBytes));
            Assert.That(
                measured.ResidentBytes,
                Is.EqualTo(result.PeakBytes).Within((result.PeakBytes / 10) + (32 * Mebibyte)));
        });
    }

    [Test]
    public void Probe_OfAStepThatNoMachineHasRoomFor_MeasuresNothing()
    {
        DepthResult planned = new("densenet-bc-10-4", 10, 1_000_000, "cpu", 1, "naive", 0, 0, 0, null);
        Assert.That(MemoryProbe.Measure(planned), Is.Null);
    }

    [Test]
    public void Probe_OfANetworkThatIsNone_FailsWithItsSentence()
    {
        DepthResult planned = new("densenet-bc-35-12", 35, 1, "cpu", 1, "slab", 0, 0, 0, null);
        Assert.That(
            () => MemoryProbe.Measure(planned),
            Throws.TypeOf<IOException>().With.Message.Contains("densenet-bc-35-12").And.Message.Contains("6n + 4"));
    }
}
