using DenseNetRaw.Cli.Benchmarks;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli.Charts;

/// <summary>The pictures of <c>bench memory</c>, from made-up results.</summary>
public sealed class MemoryChartTests
{
    private static readonly string[] Pictures = ["memory-against-depth.svg", "time-per-strategy.svg"];

    [Test]
    public void Charts_OfTheSameData_AreTheSameBytes()
    {
        using TemporaryFolder first = new(), second = new();
        MemoryBenchFiles.Write(Results(batchSize: 64), string.Empty, first.FullName);
        MemoryBenchFiles.Write(Results(batchSize: 64), string.Empty, second.FullName);
        foreach (string picture in Pictures)
            Assert.That(File.ReadAllBytes(first.File(picture)), Is.EqualTo(File.ReadAllBytes(second.File(picture))));
    }

    [TestCase(64, true)]
    [TestCase(32, false)]
    public void Charts_OfABatch_HavePublishedPointsIfTheyAreOfThatBatch(int batchSize, bool isPublished)
    {
        using TemporaryFolder temporary = new();
        MemoryBenchFiles.Write(Results(batchSize), string.Empty, temporary.FullName);
        foreach (string picture in Pictures)
        {
            string svg = File.ReadAllText(temporary.File(picture));
            Assert.That(svg, Does.Contain("slab").And.Contain("naive").And.Contain($"batch {batchSize}"));
            Assert.That(svg.Contains("Lua Torch", StringComparison.Ordinal), Is.EqualTo(isPublished), picture);
        }
    }

    private static MemoryBenchResults Results(int batchSize)
    {
        DepthResult Depth(int depth, string memory, long bytes) => new(
            $"densenet-bc-{depth}-12", depth, batchSize, "cpu", 4, memory, bytes << 20, bytes << 20, 1 << 20,
            new MemoryMeasurement(bytes << 20, 1 << 20, 50 << 20, (bytes + 55) << 20));
        TimeResult Time(string memory, double ratio) => new(
            "train", "densenet-bc-100-12", batchSize, "cpu", 4, memory, 1 << 20, 900 * ratio,
            [800 * ratio, 1000 * ratio], 70 / ratio, "naive", ratio, [0.9 * ratio, 1.1 * ratio], 3);
        return new MemoryBenchResults(
            "2026-01-02", null, "densenet bench memory", "a machine, 4 cores", null, 12,
            [Depth(34, "naive", 848), Depth(34, "slab", 119), Depth(64, "naive", 2156), Depth(64, "slab", 223)],
            [], [Time("naive", 1), Time("slab", 0.65)]);
    }
}
