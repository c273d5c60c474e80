using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Operations;
using DenseNetRaw.Tests.Cuda.Kernels;
using DenseNetRaw.Tests.Models;
using DenseNetRaw.Training;
using DenseNetRaw.Verification;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>Statistics that the copy of a convolution's packed result into its slice takes.</summary>
[NonParallelizable]
public sealed class StatisticsOfConvolutionsTests
{
    private static readonly DenseNetConfiguration Network =
        DenseNetConfiguration.Named("densenet-bc-16-3") with { InputHeight = 8, InputWidth = 8 };

    /// <summary>The stem's convolution and each layer's 3×3 write slices.</summary>
    private static int Slices => 1 + Network.BlockLayers.Sum();

    [Test]
    public void Plan_OfADenseNetInPlace_LeavesStatisticsOfSlicesToTheirConvolutions()
    {
        using CudaBackend cuda = new(new CudaSettings { Precision = CudaPrecision.Fp32 });
        MemoryPlan plan = Rungs.Plan(Network, MemoryStrategy.SlabMinimal, cuda);
        Call[] taking = [.. plan.Calls.Where(call => call.Grant.Statistics is not null)];
        Assert.That(taking, Has.Length.EqualTo(Slices));
        Assert.That(
            taking, Has.All.Matches<Call>(
                call => call is { Operation: nameof(Backend.Convolution), Phase: Phase.Forward }
                    && !call.Writes[0].IsWhole));

        // Bottlenecks are products, and what a transition pools is no convolution's result.
        Assert.That(
            plan.Calls.Count(call => call.Operation == nameof(Backend.ChannelStatistics)),
            Is.EqualTo(Network.BlockLayers.Sum() + Network.BlockLayers.Count - 1));
        foreach (Call call in taking)
        {
            StatisticsGrant statistics = call.Grant.Statistics!;
            Assert.That(call.Writes.Skip(1), Is.EqualTo(new[] { statistics.Mean, statistics.Variance }));
            Assert.That(
                cuda.BytesOf(statistics.Workspace!.Shape, StorageRole.Workspace),
                Is.EqualTo(cuda.ReductionBytes(call.Writes[0].Shape)));
            Assert.That(
                plan.Placements.Select(placement => placement.Storage),
                Does.Contain(statistics.Workspace).And.Contain(call.Grant.Workspace));
        }
    }

    [Test]
    public void Plan_OfStatisticsOfOtherChannelsThanWereWritten_TakesThemApart()
    {
        using CudaBackend cuda = new(new CudaSettings { Precision = CudaPrecision.Fp32 });
        SampleGraph graph = new(MemoryStrategy.Slab, isSliced: true);
        Variable y = Convolution.Record(
            graph.Tape, graph.Input("x", new Shape(2, 3, 5, 5)), graph.Parameter("w", new Shape(4, 3, 3, 3)),
            padding: 1, y: graph.Output("y", new Shape(2, 4, 5, 5)));
        ChannelStatistics.Record(graph.Tape, y.Channels(0, 3));
        Assert.That(
            MemoryPlanner.Plan(graph.Tape, cuda).Calls.Select(call => call.Operation),
            Is.EqualTo(new[] { nameof(Backend.Convolution), nameof(Backend.ChannelStatistics) }));
    }

    [TestCase(CudaPrecision.Fp32, "f32")]
    [TestCase(CudaPrecision.Bf16, "bf16")]
    public void Train_OfADenseNetInPlace_CopiesNoResultBeforeItsStatistics(CudaPrecision precision, string type)
    {
        Emulation emulation = TestBackend.RequireEmulation();
        using CudaBackend cuda = TestBackend.New(precision);
        using Session session = new(
            new DenseNet(Network), cuda, new SessionSettings { TrainingBatchSizes = [4], EvaluationBatchSizes = [4] });
        float[] pixels = [.. NetworkStep.RandomNumbers(4 * 3 * 64, 1).Select(x => (float)x)];
        string[] kernels =
        [
            .. emulation.Record(() => session.Train(pixels, [0, 1, 2, 3], 0.1))
                .Where(call => call.StartsWith("  ", StringComparison.Ordinal)).Select(call => call.Trim()),
        ];
        int statistics = Network.BlockLayers.Sum() + Network.BlockLayers.Count - 1;
        Assert.That(kernels.Count(kernel => kernel == $"copy_channel_statistics_{type}_{type}"), Is.EqualTo(Slices));
        Assert.That(kernels.Count(kernel => kernel == $"channel_statistics_{type}"), Is.EqualTo(statistics));
    }
}
