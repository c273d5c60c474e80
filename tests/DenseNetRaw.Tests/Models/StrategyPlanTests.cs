using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Operations;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Models;

/// <summary>What the strategies drop, keep and need, on plans alone.</summary>
public sealed class StrategyPlanTests
{
    /// <summary>MiB that the arena of DenseNet-BC-100-12, batch 64, may take: norms fused, and not.</summary>
    private static readonly TestCaseData[] PublishedNetwork =
    [
        new(MemoryStrategy.SharedAll, 700, 700),
        new(MemoryStrategy.Slab, 360, 385),
        new(MemoryStrategy.SlabMinimal, 150, 200),
    ];

    private static IEnumerable<DenseNetConfiguration> RandomNetworks() =>
        Enumerable.Range(0, 10).Select(RandomNetwork.Of);

    private static IEnumerable<DenseNetConfiguration> DeepNetworks()
    {
        yield return DenseNetConfiguration.Named("densenet-bc-16-3");
        yield return DenseNetConfiguration.Named("densenet-bc-40-12");
        yield return DenseNetConfiguration.Named("densenet-40-12");
        yield return DenseNetConfiguration.Named("densenet121") with { InputHeight = 96, InputWidth = 70 };
        yield return DenseNetConfiguration.Named("densenet-bc-22-5") with { Name = "dropout", DropRate = 0.2 };
    }

    [TestCaseSource(nameof(DeepNetworks))]
    public void Rungs_OfADeepNetwork_EachNeedLessThanTheOneAbove(DenseNetConfiguration network)
    {
        using ReferenceBackend reference = new();
        using CpuBackend cpu = new(threads: 4);
        foreach (Backend backend in new Backend[] { reference, cpu })
        {
            long[] peaks = [.. MemoryStrategy.Ladder.Select(memory => Rungs.PeakBytes(network, memory, backend))];
            bool hasBottleneck = network.BottleneckWidth > 0;
            Assert.That(
                hasBottleneck ? peaks : peaks[..^1], Is.Ordered.Descending.And.Unique, $"on {backend.Name}");
            Assert.That(
                peaks[^1], hasBottleneck ? Is.LessThan(peaks[^2]) : Is.EqualTo(peaks[^2]), $"on {backend.Name}");
        }
    }

    [TestCaseSource(nameof(RandomNetworks))]
    public void Rungs_OfASmallNetwork_NeverNeedMoreThanTheOneAbove(DenseNetConfiguration network)
    {
        using ReferenceBackend backend = new();
        long[] peaks = [.. MemoryStrategy.Ladder.Select(memory => Rungs.PeakBytes(network, memory, backend))];
        Assert.That(peaks, Is.Ordered.Descending);
        Assert.That(peaks[..5], Is.Unique);
    }

    [TestCaseSource(nameof(RandomNetworks))]
    public void DroppedStorages_OfEveryRung_HaveTwoSeparateLivesAndOthersOne(DenseNetConfiguration network)
    {
        using ReferenceBackend reference = new();
        using CpuBackend cpu = new(threads: 3);
        foreach (Backend backend in new Backend[] { reference, cpu })
        {
            foreach (MemoryStrategy memory in Rungs.WithAuto(network, backend))
            {
                MemoryPlan plan = Rungs.Plan(network, memory, backend);
                HashSet<Storage> readAgain = [.. plan.Calls.Where(call => call.Phase != Phase.Forward)
                    .SelectMany(call => call.Reads).Select(tensor => tensor.Storage)];
                foreach (Placement placement in plan.Placements)
                {
                    bool isDropped = placement.Storage.IsRecomputed && readAgain.Contains(placement.Storage);
                    IReadOnlyList<Lifetime> lives = placement.Lifetimes;
                    string what = $"{placement.Storage} with {memory.Name} on {backend.Name}";
                    Assert.That(lives, Has.Count.EqualTo(isDropped ? 2 : 1), what);
                    Assert.That(isDropped && lives[1].First <= lives[0].Last + 1, Is.False, what);
                }
            }
        }
    }

    [TestCaseSource(nameof(RandomNetworks))]
    public void DroppedStorages_OfEveryRung_AreThoseThatItsNameSays(DenseNetConfiguration network)
    {
        using ReferenceBackend backend = new();
        DenseNet model = new(network);
        int layers = network.BlockLayers.Sum();
        int stem = network.HasImageNetStem ? 1 : 0;
        bool hasBottleneck = network.BottleneckWidth > 0;
        bool dropsBoth = network.DropRate > 0 && network.DropAfter == DropoutPlacement.EveryConvolution;
        int bottlenecks = hasBottleneck ? layers * (dropsBoth ? 2 : 1) : 0;

        // Variables: all norms' copies; then without layers' first norms; at last the stem's. What transitions convolve
        // is dropped: the pooled copy, or with dropout after their convolution the copy before the pooling, in scratch.
        int norms = model.NormLayers.Count();
        int pooled = dropsBoth ? 0 : network.BlockLayers.Count - 1;
        (MemoryStrategy Memory, int Concatenations, int Normalised, int Bottlenecks, int Dropped)[] expected =
        [
            (MemoryStrategy.Naive, layers, norms, bottlenecks, 0),
            (MemoryStrategy.SharedGradients, layers, norms, bottlenecks, 0),
            (MemoryStrategy.SharedConcatenations, layers, norms, bottlenecks, layers),
            (MemoryStrategy.SharedAll, layers, norms - layers, bottlenecks, layers),
            (MemoryStrategy.Slab, 0, stem, bottlenecks, stem + pooled),
            (MemoryStrategy.SlabMinimal, 0, stem, bottlenecks, stem + pooled + bottlenecks),
        ];
        foreach ((MemoryStrategy memory, int concatenations, int normalised, int bottleneck, int dropped) in expected)
        {
            IReadOnlyList<Placement> placements = Rungs.Plan(network, memory, backend).Placements;
            int Count(StorageRole role) => placements.Count(placement => placement.Storage.Role == role);
            Assert.That(
                (Count(StorageRole.Concatenation), Count(StorageRole.Normalised), Count(StorageRole.Bottleneck),
                    placements.Count(placement => placement.Storage.IsRecomputed)),
                Is.EqualTo((concatenations, normalised, bottleneck, dropped)), memory.Name);
        }
    }

    [TestCaseSource(nameof(RandomNetworks))]
    public void Naive_OfAnyNetwork_GivesEveryValueAndGradientAPlaceOfItsOwn(DenseNetConfiguration network)
    {
        using CpuBackend backend = new(threads: 3);
        RecordedStep step = RecordedStep.Record(
            new DenseNet(network), backend, MemoryStrategy.Naive, batchSize: 3, isTraining: true);
        Placement[] own = [.. step.Plan.Placements.Where(placement => !placement.Storage.Role.IsTransient())
            .OrderBy(placement => placement.Offset)];
        foreach ((Placement first, Placement second) in own.Zip(own.Skip(1)))
            Assert.That(second.Offset, Is.GreaterThanOrEqualTo(first.Offset + first.Bytes), $"{second.Storage}");

        HashSet<Storage> placed = [.. own.Select(placement => placement.Storage)];
        Variable[] outputs = [.. step.Tape.Nodes.SelectMany(node => node.Outputs)];
        Assert.That(outputs.Select(output => output.Value.Storage).Distinct(), Is.SubsetOf(placed));
        Assert.That(
            outputs.Where(output => output != step.Correct).Select(output => output.Gradient.Storage).Distinct(),
            Is.SubsetOf(placed));
        Assert.That(
            step.Tape.Nodes.Where(node => node is not Copy).SelectMany(node => node.Outputs)
                .Select(output => output.Value.Storage),
            Is.Unique, "concatenations alone are written by several nodes");
    }

    [TestCaseSource(nameof(RandomNetworks))]
    public void Statistics_OfConcatenatingRungs_AreTakenOncePerNorm(DenseNetConfiguration network)
    {
        using ReferenceBackend backend = new();
        int norms = new DenseNet(network).NormLayers.Count();
        foreach (MemoryStrategy memory in MemoryStrategy.Ladder)
        {
            int taken = Rungs.Plan(network, memory, backend).Calls
                .Count(call => call.Operation == nameof(Backend.ChannelStatistics));

            // In place, each layer's new channels and each block's input are measured once, and what nobody shares.
            int shared = network.BlockLayers.Count + network.BlockLayers.Sum()
                + (network.BottleneckWidth > 0 ? network.BlockLayers.Sum() : 0) + (network.HasImageNetStem ? 1 : 0);
            Assert.That(taken, Is.EqualTo(memory.InPlace ? shared : norms), memory.Name);
        }
    }

    [TestCaseSource(nameof(PublishedNetwork))]
    public void Arena_OfDenseNetBc100At64Images_IsAtMost(MemoryStrategy memory, int fused, int unfused)
    {
        DenseNetConfiguration network = DenseNetConfiguration.Named("densenet-bc-100-12");
        using CpuBackend cpu = new(threads: 4);
        using ReferenceBackend reference = new();
        MemoryPlan fusing = Rungs.Plan(network, memory, cpu, batchSize: 64);
        MemoryPlan copying = Rungs.Plan(network, memory, reference, batchSize: 64);

        // The reference backend's elements are 8 bytes, the others' 4.
        Assert.That(fusing.PeakBytes, Is.LessThanOrEqualTo((long)fused << 20));
        Assert.That(copying.PeakBytes / 2, Is.LessThanOrEqualTo((long)unfused << 20));
        Assert.That(fusing.PeakBytes, Is.LessThanOrEqualTo(1.1 * fusing.LowerBoundBytes));
        Assert.That(copying.PeakBytes, Is.LessThanOrEqualTo(1.1 * copying.LowerBoundBytes));
    }

    [Test]
    public void Naive_OfDenseNetBc100At64Images_NeedsWhatAllItsValuesTake()
    {
        using CpuBackend backend = new(threads: 4);
        long bytes = Rungs.PeakBytes(
            DenseNetConfiguration.Named("densenet-bc-100-12"), MemoryStrategy.Naive, backend, batchSize: 64);

        // 4376 with the transitions' convolutions before their pooling.
        Assert.That(bytes / (double)(1 << 20), Is.EqualTo(4345).Within(10));
    }
}
