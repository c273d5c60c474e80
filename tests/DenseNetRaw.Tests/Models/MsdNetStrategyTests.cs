using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Cuda;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Tests.Cuda;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Models;

/// <summary>Every strategy computes the same of MSDNets, and takes the memory that it should.</summary>
public sealed class MsdNetStrategyTests
{
    private const double Float64Tolerance = 1e-12;
    private const double Float32Tolerance = 1e-4;

    private static IEnumerable<MsdNetConfiguration> Networks() => MsdNets.All;

    [TestCaseSource(nameof(Networks))]
    public void Rungs_OnTheReferenceBackend_GiveTheNumbersOfNaive(MsdNetConfiguration network)
    {
        using ReferenceBackend backend = new();
        NetworkStep.AssertRungsAgree(network, backend, Float64Tolerance);
    }

    [TestCaseSource(nameof(Networks))]
    public void Rungs_OnTheCpuBackend_GiveTheNumbersOfNaive(MsdNetConfiguration network)
    {
        using CpuBackend backend = new(threads: 3);
        NetworkStep.AssertRungsAgree(network, backend, Float32Tolerance);
    }

    [Test]
    public void Rungs_OnTheCudaBackend_GiveTheNumbersOfNaive()
    {
        using CudaBackend backend = TestBackend.New(CudaPrecision.Fp32);
        NetworkStep.AssertRungsAgree(MsdNets.OneScale, backend, Float32Tolerance);
    }

    [TestCaseSource(nameof(Networks))]
    public void PlayedPoisoned_OnEveryBackend_ChangesNoBit(MsdNetConfiguration network)
    {
        using ReferenceBackend reference = new();
        using CpuBackend cpu = new(threads: 3);
        foreach (Backend backend in new Backend[] { reference, cpu })
        {
            foreach (MemoryStrategy memory in new[]
            {
                MemoryStrategy.SharedConcatenations, MemoryStrategy.Slab, MemoryStrategy.SlabMinimal,
            })
            {
                NetworkStep.AssertPoisonChangesNoBit(network, memory, backend);
            }
        }
    }

    [TestCaseSource(nameof(Networks))]
    public void DroppedStorages_OfEveryRung_HaveTwoSeparateLivesAndOthersOne(MsdNetConfiguration network)
    {
        using ReferenceBackend reference = new();
        using CpuBackend cpu = new(threads: 3);
        foreach (Backend backend in new Backend[] { reference, cpu })
        {
            foreach (MemoryStrategy memory in MemoryStrategy.Ladder)
            {
                foreach (Placement placement in Rungs.Plan(network, memory, backend).Placements)
                {
                    bool isDropped = placement.Storage.IsRecomputed;
                    IReadOnlyList<Lifetime> lives = placement.Lifetimes;
                    string what = $"{placement.Storage} with {memory.Name} on {backend.Name}";
                    Assert.That(lives, Has.Count.EqualTo(isDropped ? 2 : 1), what);
                    Assert.That(isDropped && lives[1].First <= lives[0].Last + 1, Is.False, what);
                }
            }
        }
    }

    /// <summary>In slabs nothing is copied, and every convolution's output is kept, or none.</summary>
    [Test]
    public void Slabs_OfTheAnytimeNetwork_KeepWhatConvolutionsGiveNormsOrNothing()
    {
        using CpuBackend backend = new(threads: 4);
        ModelConfiguration network = ModelConfiguration.Named("msdnet-anytime-10");
        int convolutions = network.NewModel().NormLayers.Count();
        foreach ((MemoryStrategy memory, int dropped) in new[]
        {
            (MemoryStrategy.Slab, 0), (MemoryStrategy.SlabMinimal, convolutions),
        })
        {
            MemoryPlan plan = Rungs.Plan(network, memory, backend, batchSize: 64);
            Assert.That(plan.Calls.Count(call => call.Operation == nameof(Backend.Copy)), Is.Zero);
            Placement[] read = [.. plan.Placements.Where(p => p.Storage.Role == StorageRole.Bottleneck)];
            Assert.That(read, Has.Length.EqualTo(convolutions));
            Assert.That(read.Count(placement => placement.Storage.IsRecomputed), Is.EqualTo(dropped));
        }
    }

    [Test]
    public void Arena_OfTheAnytimeNetworkAt64Images_ShrinksFromRungToRung()
    {
        using CpuBackend backend = new(threads: 4);
        ModelConfiguration network = ModelConfiguration.Named("msdnet-anytime-10");
        long[] peaks = [.. MemoryStrategy.Ladder.Select(memory => Rungs.PeakBytes(network, memory, backend, 64))];
        TestContext.Out.WriteLine(string.Join(", ", peaks.Select(peak => $"{peak / (double)(1 << 20):F1} MiB")));

        // No norm stands before a layer's first convolution, so shared-all has no more to drop than shared-concat.
        Assert.That(peaks, Is.Ordered.Descending);
        Assert.That(peaks.Distinct().Count(), Is.EqualTo(peaks.Length - 1));
        Assert.That((double)peaks[^1] / peaks[0], Is.LessThan(0.08));
    }
}
