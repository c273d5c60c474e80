using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Modules;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Models;

/// <summary>
/// Every strategy computes the same, played with dead storage filled with NaN: ten DenseNets drawn at random, and
/// residual networks.
/// </summary>
public sealed class MemoryStrategyTests
{
    /// <summary>Sums in another order: a few thousand roundings of 1.1e-16.</summary>
    private const double Float64Tolerance = 1e-12;

    /// <summary>
    /// The same roundings, of 6e-8. Most tensors differ by 1e-6; the gradient of a scale that the next norm takes away
    /// again is the rest of terms that cancel, and differs by up to 8e-5, as the processor's vectors are wide.
    /// </summary>
    private const double Float32Tolerance = 5e-4;

    private static IEnumerable<DenseNetConfiguration> DenseNets() => Enumerable.Range(0, 10).Select(RandomNetwork.Of);

    private static IEnumerable<ModelConfiguration> Networks() => DenseNets().Concat(ResidualNetworks.All);

    [TestCaseSource(nameof(Networks))]
    public void Rungs_OnTheReferenceBackend_GiveTheNumbersOfNaive(ModelConfiguration network)
    {
        using ReferenceBackend backend = new();
        CompareWithNaive(network, backend, Float64Tolerance);
    }

    [TestCaseSource(nameof(Networks))]
    public void Rungs_OnTheCpuBackend_GiveTheNumbersOfNaive(ModelConfiguration network)
    {
        using CpuBackend backend = new(threads: 3);
        CompareWithNaive(network, backend, Float32Tolerance);
    }

    /// <summary>A budget may choose any subset of what can be kept, nested drops among them.</summary>
    [TestCaseSource(nameof(DenseNets))]
    public void Auto_WithAnySubsetKept_GivesTheNumbersOfNaive(DenseNetConfiguration network)
    {
        using ReferenceBackend reference = new();
        using CpuBackend cpu = new(threads: 3);
        Random random = new(network.GrowthRate);
        foreach ((Backend backend, double tolerance) in new (Backend, double)[]
        {
            (reference, Float64Tolerance), (cpu, Float32Tolerance),
        })
        {
            Dictionary<string, double[]> naive = NetworkStep.Play(network, MemoryStrategy.Naive, backend);
            List<Recomputation> values = Recomputation.Of(Rungs.Plan(network, MemoryStrategy.Auto, backend));
            for (int subset = 0; subset < 3; subset++)
            {
                HashSet<string> kept =
                    [.. values.Select(value => value.Name).Where(_ => random.Next(2) == 0)];
                Dictionary<string, double[]> other =
                    NetworkStep.Play(network, MemoryStrategy.Auto with { AlsoKept = kept }, backend);
                NetworkStep.AssertSame(other, naive, tolerance, $"auto that keeps {string.Join(", ", kept)}");
            }
        }
    }

    /// <summary>A poisoned play computes what is behind closed gates, a plain one leaves it out.</summary>
    [TestCaseSource(nameof(Networks))]
    public void PlayedPoisoned_EveryRungOnEveryBackend_ChangesNoBit(ModelConfiguration network)
    {
        using ReferenceBackend reference = new();
        using CpuBackend cpu = new(threads: 3);
        foreach (Backend backend in new Backend[] { reference, cpu })
        {
            foreach (MemoryStrategy memory in Rungs.WithAuto(network, backend))
            {
                NetworkStep.AssertPoisonChangesNoBit(network, memory, backend);
            }
        }
    }

    [TestCaseSource(nameof(DenseNets))]
    public void RunningStatistics_OfEveryRung_MoveOnceAStepByTheBatch(DenseNetConfiguration network)
    {
        using ReferenceBackend backend = new();
        foreach (MemoryStrategy memory in Rungs.WithAuto(network, backend))
        {
            DenseNet model = new(network);
            using Session session = new(
                model, backend, new SessionSettings { TrainingBatchSizes = [3], Memory = memory });
            RecordedStep step = session.StepFor(3, isTraining: true);
            backend.Upload(NetworkStep.RandomNumbers(step.Images.Shape.Count, 1), step.Images.Value);
            backend.Upload([0, 1, 0], step.Labels.Value);
            Dictionary<Storage, double[]> expected = [];
            step.Plan.PlayPoisoned(backend, call => NoteMove(call, backend, expected));
            Assert.That(
                expected.Keys, Is.EquivalentTo(model.NormLayers.Select(norm => norm.Running.Mean.Value.Storage)));
            foreach (NormLayer norm in model.NormLayers)
            {
                double[] mean = NetworkStep.Download(backend, norm.Running.Mean.Value);
                Assert.That(
                    mean, Is.EqualTo(expected[norm.Running.Mean.Value.Storage]).Within(1e-15),
                    $"{norm.Name} with {memory.Name}");
            }
        }
    }

    /// <summary>From 0, the running mean moves a tenth of the way to the batch's.</summary>
    private static void NoteMove(Call call, Backend backend, Dictionary<Storage, double[]> expected)
    {
        if (call.Operation == nameof(Backend.MoveRunningStatistics))
        {
            Assert.That(call.Phase, Is.EqualTo(Phase.Forward), call.ToString());
            double[] batch = NetworkStep.Download(backend, call.Reads[0]);
            expected.Add(call.Writes[0].Storage, [.. batch.Select(mean => 0.1 * mean)]);
        }
    }

    /// <summary>Numbers that are all zero would agree whatever was computed; behind closed gates they are.</summary>
    private static void CompareWithNaive(ModelConfiguration network, Backend backend, double tolerance)
    {
        Dictionary<string, double[]> naive = NetworkStep.AssertRungsAgree(network, backend, tolerance);
        if (network is ResNetConfiguration { SurvivalRate: < 1 })
            return;
        foreach ((string name, double[] values) in naive)
        {
            if (!NetworkStep.IsRounding(name))
                Assert.That(values, Has.Some.Not.Zero, $"{name} is zero");
        }
    }
}
