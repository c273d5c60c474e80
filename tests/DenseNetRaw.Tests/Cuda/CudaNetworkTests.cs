using DenseNetRaw.Cuda;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Tests.Models;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>Whole training steps of small networks, with every strategy and dead storage filled with NaN.</summary>
public sealed class CudaNetworkTests
{
    /// <summary>
    /// Sums in another order: a few thousand roundings of 6e-8. The gradient of a scale that the next norm takes away
    /// again is the rest of terms that cancel, and differs by up to 6e-5 on the emulation.
    /// </summary>
    internal const double Fp32Tolerance = 5e-4;

    /// <summary>A dozen layers round to 8 bits, at other places in other strategies.</summary>
    internal const double Bf16Tolerance = 0.1;

    private static IEnumerable<DenseNetConfiguration> Networks() => Enumerable.Range(0, 6).Select(RandomNetwork.Of);

    [TestCaseSource(nameof(Networks))]
    public void Rungs_InFp32_GiveTheNumbersOfNaive(DenseNetConfiguration network)
    {
        using CudaBackend backend = TestBackend.New(CudaPrecision.Fp32);
        Dictionary<string, double[]> naive = NetworkStep.Play(network, MemoryStrategy.Naive, backend);
        foreach (MemoryStrategy memory in Rungs.WithAuto(network, backend))
        {
            Dictionary<string, double[]> other = NetworkStep.Play(network, memory, backend);
            Assert.That(other.Keys, Is.EqualTo(naive.Keys));
            foreach ((string name, double[] expected) in naive)
            {
                Assert.That(expected, Has.Some.Not.Zero, $"{name} of {network.Name} is zero");
                double error = NetworkStep.RelativeError(other[name], expected);
                Assert.That(error, Is.LessThan(Fp32Tolerance), $"{name} with {memory.Name}");
                if (name.StartsWith("mask", StringComparison.Ordinal))
                {
                    Assert.That(error, Is.Zero, $"{name} with {memory.Name}");
                }
            }
        }
    }

    [TestCaseSource(nameof(Networks))]
    public void Rungs_InBf16_GiveTheLossOfNaiveAndTheBitsOfSlab(DenseNetConfiguration network)
    {
        using CudaBackend backend = TestBackend.New(CudaPrecision.Bf16);
        Dictionary<string, double[]> naive = NetworkStep.Play(network, MemoryStrategy.Naive, backend);
        Dictionary<string, double[]> slab = NetworkStep.Play(network, MemoryStrategy.Slab, backend);
        Dictionary<string, double[]> minimal = NetworkStep.Play(network, MemoryStrategy.SlabMinimal, backend);
        Assert.That(NetworkStep.RelativeError(slab["loss"], naive["loss"]), Is.LessThan(Bf16Tolerance));
        Assert.That(NetworkStep.RelativeError(slab["logits"], naive["logits"]), Is.LessThan(Bf16Tolerance));
        Assert.That(minimal, Is.EqualTo(slab), "what is computed again is the same to the bit");
    }

    [TestCaseSource(nameof(Networks))]
    public void PlayedPoisoned_EveryRung_ChangesNoBit(DenseNetConfiguration network)
    {
        using CudaBackend backend = TestBackend.New(CudaPrecision.Fp32);
        foreach (MemoryStrategy memory in Rungs.WithAuto(network, backend))
        {
            Dictionary<string, double[]> poisoned = NetworkStep.Play(network, memory, backend, isPoisoned: true);
            Dictionary<string, double[]> plain = NetworkStep.Play(network, memory, backend, isPoisoned: false);
            foreach ((string name, double[] expected) in plain)
            {
                Assert.That(expected, Has.None.NaN, $"{name} with {memory.Name}");
                Assert.That(poisoned[name], Is.EqualTo(expected), $"{name} with {memory.Name}");
            }
        }
    }
}
