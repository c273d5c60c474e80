using DenseNetRaw.Cuda;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Tests.Cuda.Kernels;
using DenseNetRaw.Tests.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>
/// Networks whose 1×1 convolutions are fused with their norm-relu, beside the same with both apart. Not beside other
/// tests, since the log of calls is the process's.
/// </summary>
[NonParallelizable]
public sealed class CudaFusedNetworkTests
{
    private static readonly DenseNetConfiguration Tiny =
        DenseNetConfiguration.Named("densenet-bc-10-3") with { InputHeight = 8, InputWidth = 8, DropRate = 0.1 };

    private static IEnumerable<DenseNetConfiguration> Networks() => Enumerable.Range(0, 6).Select(RandomNetwork.Of);

    [TestCaseSource(nameof(Networks))]
    public void Rungs_InFp32_GiveTheNumbersOfUnfusedNaive(DenseNetConfiguration network)
    {
        using CudaBackend plain = TestBackend.New(CudaPrecision.Fp32);
        using CudaBackend fused = TestBackend.New(CudaPrecision.Fp32, fusesProducts: true);
        Dictionary<string, double[]> naive = NetworkStep.Play(network, MemoryStrategy.Naive, plain);
        foreach (MemoryStrategy memory in Rungs.WithAuto(network, fused))
        {
            Dictionary<string, double[]> other = NetworkStep.Play(network, memory, fused);
            Assert.That(other.Keys, Is.EqualTo(naive.Keys));
            foreach ((string name, double[] expected) in naive)
            {
                double error = NetworkStep.RelativeError(other[name], expected);
                Assert.That(error, Is.LessThan(CudaNetworkTests.Fp32Tolerance), $"{name} with {memory.Name}");
            }
        }
    }

    [TestCaseSource(nameof(Networks))]
    public void Rungs_InBf16_GiveTheLossOfUnfusedAndTheBitsOfSlab(DenseNetConfiguration network)
    {
        using CudaBackend plain = TestBackend.New(CudaPrecision.Bf16);
        using CudaBackend fused = TestBackend.New(CudaPrecision.Bf16, fusesProducts: true);
        Dictionary<string, double[]> naive = NetworkStep.Play(network, MemoryStrategy.Naive, plain);
        Dictionary<string, double[]> slab = NetworkStep.Play(network, MemoryStrategy.Slab, fused);
        Dictionary<string, double[]> minimal = NetworkStep.Play(network, MemoryStrategy.SlabMinimal, fused);
        foreach (string name in new[] { "loss", "logits" })
        {
            double error = NetworkStep.RelativeError(slab[name], naive[name]);
            Assert.That(error, Is.LessThan(CudaNetworkTests.Bf16Tolerance), name);
        }

        Assert.That(minimal, Is.EqualTo(slab), "what is computed again is the same to the bit");
    }

    [TestCaseSource(nameof(Networks))]
    public void PlayedPoisoned_EveryRung_ChangesNoBit(DenseNetConfiguration network)
    {
        using CudaBackend fused = TestBackend.New(CudaPrecision.Fp32, fusesProducts: true);
        foreach (MemoryStrategy memory in Rungs.WithAuto(network, fused))
        {
            Dictionary<string, double[]> poisoned = NetworkStep.Play(network, memory, fused, isPoisoned: true);
            Dictionary<string, double[]> plain = NetworkStep.Play(network, memory, fused, isPoisoned: false);
            foreach ((string name, double[] expected) in plain)
            {
                Assert.That(expected, Has.None.NaN, $"{name} with {memory.Name}");
                Assert.That(poisoned[name], Is.EqualTo(expected), $"{name} with {memory.Name}");
            }
        }
    }

    [TestCase(CudaPrecision.Fp32)]
    [TestCase(CudaPrecision.Bf16)]
    public void Train_AsAGraph_GivesTheBitsOfCalls(CudaPrecision precision)
    {
        TestBackend.Require();
        double[][] losses = [.. new[] { true, false }.Select(captures =>
        {
            using CudaBackend cuda = new(new CudaSettings
            {
                Precision = precision, WorkspaceBytes = TestBackend.WorkspaceBytes, IsDeterministic = true,
                CapturesSteps = captures,
                FusesProducts = true,
            });
            using Session session = NewSession(cuda);
            return Enumerable.Range(0, 6).Select(_ => Train(session)).ToArray();
        })];
        Assert.That(losses[0], Is.EqualTo(losses[1]));
        Assert.That(losses[0].Distinct().Count(), Is.EqualTo(6));
    }

    /// <summary>
    /// Three bottlenecks, two transitions and a classifier; each product is three. Without dropout the statistics of
    /// the bottlenecks' results are taken on their way out, and transitions pool first, so that no norm-relu comes
    /// directly before their products: cuBLAS computes them, as it does the classifier's.
    /// </summary>
    [TestCase(0.1, 5, 0)]
    [TestCase(0, 3, 3)]
    public void Train_OfBottlenecksAndTransitions_FusesProductsOfNormRelus(double dropRate, int fused, int statistics)
    {
        Emulation emulation = TestBackend.RequireEmulation();
        using CudaBackend cuda = TestBackend.New(CudaPrecision.Fp32, fusesProducts: true);
        using Session session = NewSession(cuda, dropRate);
        string[] calls = emulation.Record(() => Train(session));
        int Count(string name) => calls.Count(call => call.Trim() == name);
        Assert.That(Count("norm_relu_product_f32_f32"), Is.EqualTo(fused - statistics));
        Assert.That(Count("norm_relu_product_statistics_f32_f32"), Is.EqualTo(statistics));
        Assert.That(Count("norm_relu_product_weights_f32_f32"), Is.EqualTo(fused));
        Assert.That(Count("norm_relu_product_data_f32_f32_f32"), Is.EqualTo(fused));
        Assert.That(
            calls.Count(call => call.StartsWith("cublasGemm", StringComparison.Ordinal)), Is.EqualTo(3 * (6 - fused)));
    }

    [Test]
    public void Plan_OfFusedProducts_KeepsNoNormalisedCopyAndNeedsNoDevice()
    {
        long[] peaks = [.. new[] { true, false }.Select(fuses =>
        {
            using CudaBackend cuda = new(new CudaSettings { Ordinal = 77, WorkspaceBytes = 0, FusesProducts = fuses });
            DenseNet model = new(DenseNetConfiguration.Named("densenet-bc-100-12"));
            return RecordedStep.Record(model, cuda, MemoryStrategy.SlabMinimal, 64, isTraining: true).Plan.PeakBytes;
        })];
        Assert.That(peaks[0], Is.LessThan(peaks[1]));
    }

    private static double Train(Session session) => session.Train(
        [.. NetworkStep.RandomNumbers(4 * 3 * 64, 1).Select(x => (float)x)], [0, 1, 2, 3], 0.1).Loss;

    private static Session NewSession(CudaBackend cuda, double dropRate = 0.1) => new(
        new DenseNet(Tiny with { DropRate = dropRate }), cuda,
        new SessionSettings { TrainingBatchSizes = [4], Seed = 3 });
}
