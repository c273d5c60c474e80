using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Cuda;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Serialization;
using DenseNetRaw.Tests.Cuda;
using DenseNetRaw.Tests.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Golden;

/// <summary>Small runs of MSDNets, made by make_msdnet.py with PyTorch in float64.</summary>
public sealed class MsdNetRunTests
{
    private const int BatchSize = 3;

    /// <summary>
    /// Two float64 implementations in different orders of summation; gradients of a few hundred terms.
    /// </summary>
    private const double Float64Tolerance = 1e-9;

    /// <summary>Three steps in float32 beside float64.</summary>
    private const double Float32Tolerance = 2e-3;

    private static readonly (string Run, MsdNetConfiguration Network)[] Golden =
        [("msdnet-cifar-form", MsdNets.CifarForm), ("msdnet-imagenet-form", MsdNets.ImageNetForm)];

    private static IEnumerable<TestCaseData> Networks() => Golden.Select(
        golden => new TestCaseData(golden.Run, golden.Network).SetArgDisplayNames(golden.Run));

    private static IEnumerable<TestCaseData> Runs() => Golden.SelectMany(golden => MemoryStrategy.Ladder.Select(
        memory => new TestCaseData(golden.Run, golden.Network, memory).SetArgDisplayNames(golden.Run, memory.Name)));

    [TestCaseSource(nameof(Runs))]
    public void ThreeSteps_OnTheReferenceBackend_AreThoseOfPyTorch(
        string run, MsdNetConfiguration network, MemoryStrategy memory)
    {
        using ReferenceBackend backend = new();
        Compare(run, network, memory, backend, Float64Tolerance);
    }

    [TestCaseSource(nameof(Networks))]
    public void ThreeSteps_OnTheCpuBackend_AreThoseOfPyTorch(string run, MsdNetConfiguration network)
    {
        using CpuBackend backend = new(threads: 2);
        foreach (MemoryStrategy memory in new[] { MemoryStrategy.Slab, MemoryStrategy.SlabMinimal })
        {
            Compare(run, network, memory, backend, Float32Tolerance);
        }
    }

    [Test]
    public void ThreeSteps_OnTheCudaBackend_AreThoseOfPyTorch()
    {
        using CudaBackend backend = TestBackend.New(CudaPrecision.Fp32);
        Compare(Golden[0].Run, Golden[0].Network, MemoryStrategy.SlabMinimal, backend, Float32Tolerance);
    }

    private static void Compare(
        string run, MsdNetConfiguration network, MemoryStrategy memory, Backend backend, double tolerance)
    {
        SafetensorsFile golden = SafetensorsFile.Read(
            Path.Combine(TestContext.CurrentContext.TestDirectory, "Golden", $"{run}.safetensors"));
        using Session session = new(network.NewModel(), backend, new SessionSettings
        {
            TrainingBatchSizes = [BatchSize],
            EvaluationBatchSizes = [BatchSize],
            Memory = memory,
        });
        foreach (Variable variable in State(session.Model))
        {
            backend.Upload(golden.Tensors[$"init/{variable.Name}"].ToDoubles(), variable.Value);
        }

        double[] losses = golden.Tensors["losses"].ToDoubles();
        for (int step = 0; step < losses.Length / network.Blocks; step++)
        {
            RecordedStep played = Play(golden, session, isTraining: true);
            Assert.That(
                played.Exits.Select(exit => NetworkStep.Download(backend, exit.Loss.Value)[0]),
                Is.EqualTo(losses.Skip(step * network.Blocks).Take(network.Blocks)).Within(tolerance),
                $"step {step + 1}");
            foreach (Parameter parameter in step == 0 ? session.Model.Parameters : [])
            {
                AssertSame(golden, "gradient", parameter.Name, parameter.Gradient, backend, tolerance);
            }

            backend.Step = new StepState(Seed: 0, (uint)step, LearningRate: 0.1);
            session.Parameters.Update(SgdSettings.Paper);
        }

        foreach (Variable variable in State(session.Model))
        {
            AssertSame(golden, "final", variable.Name, variable.Value, backend, tolerance);
        }

        RecordedStep evaluated = Play(golden, session, isTraining: false);
        for (int k = 1; k <= network.Blocks; k++)
        {
            AssertSame(golden, "logits", $"{k}", evaluated.Exits[k - 1].Logits.Value, backend, tolerance);
        }
    }

    private static RecordedStep Play(SafetensorsFile golden, Session session, bool isTraining)
    {
        RecordedStep step = session.StepFor(BatchSize, isTraining);
        session.Backend.Upload(golden.Tensors["images"].ToDoubles(), step.Images.Value);
        int[] labels = [.. golden.Tensors["labels"].ToIntegers().Select(label => (int)label)];
        session.Backend.Upload(labels, step.Labels.Value);
        step.Plan.PlayPoisoned(session.Backend);
        return step;
    }

    private static void AssertSame(
        SafetensorsFile golden, string prefix, string key, Tensor tensor, Backend backend, double tolerance)
    {
        double[] expected = golden.Tensors[$"{prefix}/{key}"].ToDoubles();
        double error = NetworkStep.RelativeError(NetworkStep.Download(backend, tensor), expected);
        Assert.That(error, Is.LessThan(tolerance), $"{prefix}/{key}");
    }

    private static IEnumerable<Variable> State(Model model) => model.Parameters
        .Concat(model.NormLayers.SelectMany(norm => new[] { norm.Running.Mean, norm.Running.Variance }));
}
