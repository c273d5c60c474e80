using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Models;

/// <summary>Every strategy computes the same; they differ in memory alone.</summary>
public sealed class MemoryStrategyTests
{
    /// <summary>Sums in another order: a few thousand roundings of 1.1e-16.</summary>
    private const double Float64Tolerance = 1e-12;

    /// <summary>The same roundings, of 6e-8.</summary>
    private const double Float32Tolerance = 1e-4;

    private static IEnumerable<DenseNetConfiguration> Networks()
    {
        DenseNetConfiguration bottleneck =
            DenseNetConfiguration.Named("densenet-bc-16-3") with { InputHeight = 8, InputWidth = 8 };
        DenseNetConfiguration plain =
            DenseNetConfiguration.Named("densenet-10-5") with { InputHeight = 12, InputWidth = 8, InitialChannels = 7 };
        DenseNetConfiguration imageNet = DenseNetConfiguration.Named("densenet121") with
        {
            BlockLayers = [2, 1, 3],
            GrowthRate = 3,
            InitialChannels = 5,
            InputHeight = 61,
            InputWidth = 50,
            Classes = 4,
        };
        yield return bottleneck;
        yield return plain;
        yield return imageNet;
        yield return bottleneck with { Name = "dropout after every convolution", DropRate = 0.3 };
        yield return bottleneck with
        {
            Name = "dropout after 3×3",
            DropRate = 0.3,
            DropAfter = DropoutPlacement.ThreeByThree,
        };
        yield return plain with { Name = "plain with dropout", DropRate = 0.2 };
        yield return imageNet with { Name = "imagenet with dropout", DropRate = 0.2 };
    }

    [TestCaseSource(nameof(Networks))]
    public void Slabs_OnTheReferenceBackend_GiveTheGradientsOfNaive(DenseNetConfiguration network)
    {
        using ReferenceBackend backend = new();
        CompareWithNaive(network, backend, Float64Tolerance);
    }

    [TestCaseSource(nameof(Networks))]
    public void Slabs_OnTheCpuBackend_GiveTheGradientsOfNaive(DenseNetConfiguration network)
    {
        using CpuBackend backend = new(threads: 3);
        CompareWithNaive(network, backend, Float32Tolerance);
    }

    [TestCaseSource(nameof(Networks))]
    public void PlayedPoisoned_EveryStrategyOnEveryBackend_ChangesNoBit(DenseNetConfiguration network)
    {
        using ReferenceBackend reference = new();
        using CpuBackend cpu = new(threads: 3);
        foreach (Backend backend in new Backend[] { reference, cpu })
        {
            foreach (MemoryStrategy memory in MemoryStrategy.Ladder)
            {
                Dictionary<string, double[]> poisoned = NetworkStep.Play(network, memory, backend, isPoisoned: true);
                Dictionary<string, double[]> plain = NetworkStep.Play(network, memory, backend, isPoisoned: false);
                foreach ((string name, double[] expected) in plain)
                {
                    Assert.That(expected, Has.None.NaN, $"{name} with {memory.Name} on {backend.Name}");
                    Assert.That(poisoned[name], Is.EqualTo(expected), $"{name} with {memory.Name} on {backend.Name}");
                }
            }
        }
    }

    [TestCaseSource(nameof(Networks))]
    public void Plans_FromNaiveToMinimal_GetSmaller(DenseNetConfiguration network)
    {
        using ReferenceBackend backend = new();
        long[] peaks = [.. MemoryStrategy.Ladder.Select(memory => PeakBytes(network, memory, backend))];
        bool hasBottleneck = network.BottleneckWidth > 0;
        Assert.That(peaks[1], Is.LessThan(peaks[0]));
        Assert.That(peaks[2], hasBottleneck ? Is.LessThan(peaks[1]) : Is.EqualTo(peaks[1]));
    }

    [Test]
    public void DroppedStorages_OfSlabMinimal_HaveTwoSeparateLives()
    {
        using ReferenceBackend backend = new();
        DenseNet model = new(DenseNetConfiguration.Named("densenet-bc-16-3"));
        MemoryPlan plan = RecordedStep.Record(model, backend, MemoryStrategy.SlabMinimal, 2, isTraining: true).Plan;
        List<Placement> dropped = [.. plan.Placements.Where(p => p.Storage.IsRecomputed)];
        Assert.That(dropped, Has.Count.EqualTo(6));
        foreach (Placement placement in dropped)
        {
            Assert.That(placement.Lifetimes, Has.Count.EqualTo(2), placement.Storage.Name);
            Assert.That(
                placement.Lifetimes[1].First - placement.Lifetimes[0].Last, Is.GreaterThan(1), placement.Storage.Name);
        }

        Assert.That(plan.RecomputedMultiplyAdds, Is.GreaterThan(0));
    }

    private static void CompareWithNaive(DenseNetConfiguration network, Backend backend, double tolerance)
    {
        Dictionary<string, double[]> naive = NetworkStep.Play(network, MemoryStrategy.Naive, backend);
        foreach (MemoryStrategy memory in new[] { MemoryStrategy.Slab, MemoryStrategy.SlabMinimal })
        {
            Dictionary<string, double[]> other = NetworkStep.Play(network, memory, backend);
            Assert.That(other.Keys, Is.EqualTo(naive.Keys));
            foreach ((string name, double[] expected) in naive)
            {
                Assert.That(expected, Has.Some.Not.Zero, $"{name} of {network.Name} is zero");
                Assert.That(
                    NetworkStep.RelativeError(other[name], expected), Is.LessThan(tolerance),
                    $"{name} with {memory.Name}");
            }
        }
    }

    private static long PeakBytes(DenseNetConfiguration network, MemoryStrategy memory, ReferenceBackend backend) =>
        RecordedStep.Record(new DenseNet(network), backend, memory, batchSize: 4, isTraining: true).Plan.PeakBytes;
}
