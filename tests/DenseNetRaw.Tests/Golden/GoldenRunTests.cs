using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Modules;
using DenseNetRaw.Operations;
using DenseNetRaw.Serialization;
using DenseNetRaw.Tests.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Golden;

/// <summary>
/// The project's own small runs, made by make_golden.py and make_resnet.py with PyTorch in float64, so that a clone is
/// tested alone.
/// </summary>
public sealed class GoldenRunTests
{
    private const int BatchSize = 5;

    /// <summary>
    /// Two float64 implementations in different orders of summation; gradients of a few hundred terms.
    /// </summary>
    private const double Float64Tolerance = 1e-9;

    private static readonly DenseNetConfiguration CifarForm = DenseNetConfiguration.Named("densenet-bc-10-3") with
    {
        BlockLayers = [1, 2, 1],
        Classes = 4,
        InputHeight = 10,
        InputWidth = 9,
    };

    private static readonly DenseNetConfiguration ImageNetForm = DenseNetConfiguration.Named("densenet121") with
    {
        BlockLayers = [1, 1],
        GrowthRate = 3,
        InitialChannels = 5,
        BottleneckWidth = 2,
        Classes = 3,
        InputHeight = 61,
        InputWidth = 50,
    };

    /// <summary>Three steps in float32 beside float64, gradients of which the last two are taken elsewhere.</summary>
    private const double Float32Tolerance = 1e-3;

    private static readonly ResNetConfiguration Residual = ResNetConfiguration.Named("resnet-8") with
    {
        StageWidths = [4, 6, 8],
        Classes = 4,
        InputHeight = 10,
        InputWidth = 9,
    };

    private static readonly ResNetConfiguration Preactivation = ResNetConfiguration.Named("preact-resnet-11") with
    {
        StageUnits = [1, 2, 1],
        StageWidths = [8, 12, 16],
        Classes = 4,
        InputHeight = 10,
        InputWidth = 9,
        DeepSupervision = 0.3,
    };

    private static readonly ResNetConfiguration Stochastic = ResNetConfiguration.Named("stochastic-resnet-8") with
    {
        StageUnits = [2, 1, 1],
        StageWidths = [4, 6, 8],
        Classes = 4,
        InputHeight = 10,
        InputWidth = 9,
    };

    private static IEnumerable<TestCaseData> ResidualRuns() =>
    [
        new TestCaseData("residual", Residual).SetArgDisplayNames("residual"),
        new TestCaseData("preactivation", Preactivation).SetArgDisplayNames("preactivation"),
        new TestCaseData("stochastic", Stochastic).SetArgDisplayNames("stochastic"),
    ];

    private static IEnumerable<TestCaseData> Runs()
    {
        foreach (MemoryStrategy memory in MemoryStrategy.Ladder)
        {
            yield return new TestCaseData("cifar-form", CifarForm, memory)
                .SetArgDisplayNames("cifar-form", memory.Name);
            yield return new TestCaseData("imagenet-form", ImageNetForm, memory)
                .SetArgDisplayNames("imagenet-form", memory.Name);
            foreach (TestCaseData run in ResidualRuns())
            {
                yield return new TestCaseData(run.Arguments[0], run.Arguments[1], memory)
                    .SetArgDisplayNames($"{run.Arguments[0]}", memory.Name);
            }
        }
    }

    [TestCaseSource(nameof(Runs))]
    public void ThreeSteps_OnTheReferenceBackend_AreThoseOfPyTorch(
        string run, ModelConfiguration network, MemoryStrategy memory)
    {
        using ReferenceBackend backend = new();
        PlayThreeSteps(run, network, memory, backend, Float64Tolerance);
    }

    [TestCaseSource(nameof(ResidualRuns))]
    public void ThreeSteps_OnTheCpuBackend_AreThoseOfPyTorch(string run, ModelConfiguration network)
    {
        using CpuBackend backend = new(threads: 2);
        PlayThreeSteps(run, network, MemoryStrategy.SlabMinimal, backend, Float32Tolerance);
    }

    private static void PlayThreeSteps(
        string run, ModelConfiguration network, MemoryStrategy memory, Backend backend, double tolerance)
    {
        SafetensorsFile golden = SafetensorsFile.Read(
            Path.Combine(TestContext.CurrentContext.TestDirectory, "Golden", $"{run}.safetensors"));
        using Session session = NewSession(golden, network, memory, backend);
        double[] losses = golden.Tensors["losses"].ToDoubles();
        for (int step = 0; step < losses.Length; step++)
        {
            backend.Step = new StepState(Seed: 0, NumberOf(step, golden), LearningRate: 0.1);
            double[] loss = Play(golden, session, isTraining: true).Loss;
            Assert.That(loss[0], Is.EqualTo(losses[step]).Within(tolerance), $"step {step + 1}");
            if (step == 0)
            {
                Compare(
                    golden, "gradient", session.Model.Parameters.Select(p => (p.Name, p.Gradient)), backend, tolerance);
            }

            session.Parameters.Update(SgdSettings.Paper);
        }

        Compare(golden, "final", State(session.Model), backend, tolerance);
        foreach (NormLayer norm in session.Model.NormLayers)
        {
            long[] tracked = golden.Tensors[$"final/{norm.Name}.num_batches_tracked"].ToIntegers();
            Assert.That(norm.BatchesTracked, Is.EqualTo(tracked[0]), norm.Name);
        }

        double[] logits = Play(golden, session, isTraining: false).Logits;
        Assert.That(NetworkStep.RelativeError(logits, golden.Tensors["logits"].ToDoubles()), Is.LessThan(tolerance));
    }

    /// <summary>The step's number, or with gates the first number for which those of the run are drawn.</summary>
    private static uint NumberOf(int step, SafetensorsFile golden)
    {
        if (!golden.Tensors.TryGetValue("gates", out SafetensorsTensor? gates))
            return (uint)step;

        int count = (int)gates.Shape[1];
        bool[] expected = [.. gates.ToIntegers().Skip(step * count).Take(count).Select(gate => gate == 1)];
        uint number = 0;
        while (!expected.Select((isOpen, l) => IsOpen(number, l, count) == isOpen).All(isSame => isSame))
            number++;
        return number;
    }

    private static bool IsOpen(uint number, int l, int count) =>
        SurvivalGates.IsOpen(new StepState(Seed: 0, number, LearningRate: 0), l, count, Stochastic.SurvivalRate);

    private static Session NewSession(
        SafetensorsFile golden, ModelConfiguration network, MemoryStrategy memory, Backend backend)
    {
        Model model = network.NewModel();
        Session session = new(model, backend, new SessionSettings
        {
            TrainingBatchSizes = [BatchSize],
            EvaluationBatchSizes = [BatchSize],
            Memory = memory,
        });
        foreach ((string key, Tensor tensor) in State(model))
            backend.Upload(golden.Tensors[$"init/{key}"].ToDoubles(), tensor);
        return session;
    }

    private static (double[] Loss, double[] Logits) Play(SafetensorsFile golden, Session session, bool isTraining)
    {
        RecordedStep step = session.StepFor(BatchSize, isTraining);
        session.Backend.Upload(golden.Tensors["images"].ToDoubles(), step.Images.Value);
        int[] labels = [.. golden.Tensors["labels"].ToIntegers().Select(label => (int)label)];
        session.Backend.Upload(labels, step.Labels.Value);
        step.Plan.PlayPoisoned(session.Backend);
        return (Download(session.Backend, step.Loss.Value), Download(session.Backend, step.Logits.Value));
    }

    private static void Compare(
        SafetensorsFile golden, string prefix, IEnumerable<(string Key, Tensor Tensor)> tensors, Backend backend,
        double tolerance)
    {
        foreach ((string key, Tensor tensor) in tensors)
        {
            double[] expected = golden.Tensors[$"{prefix}/{key}"].ToDoubles();
            double[] actual = Download(backend, tensor);
            if (prefix == "gradient" && key.Contains("conv", StringComparison.Ordinal)
                && key.EndsWith(".bias", StringComparison.Ordinal))
            {
                // A norm takes it away again: it is zero, and what rounding leaves.
                Assert.That(actual, Is.All.EqualTo(0).Within(tolerance), key);
                continue;
            }

            Assert.That(NetworkStep.RelativeError(actual, expected), Is.LessThan(tolerance), $"{prefix}/{key}");
        }
    }

    private static IEnumerable<(string Key, Tensor Tensor)> State(Model model) => model.Parameters
        .Concat(model.NormLayers.SelectMany(norm => new[] { norm.Running.Mean, norm.Running.Variance }))
        .Select(variable => (variable.Name, variable.Value));

    private static double[] Download(Backend backend, Tensor tensor)
    {
        double[] values = new double[tensor.Shape.Count];
        backend.Download(tensor, values);
        return values;
    }
}
