using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Serialization;
using DenseNetRaw.Tests.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Golden;

/// <summary>
/// The project's own small runs, made by make_golden.py with PyTorch in float64, so that a clone is tested alone.
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

    private static IEnumerable<TestCaseData> Runs()
    {
        foreach (MemoryStrategy memory in MemoryStrategy.Ladder)
        {
            yield return new TestCaseData("cifar-form", CifarForm, memory)
                .SetArgDisplayNames("cifar-form", memory.Name);
            yield return new TestCaseData("imagenet-form", ImageNetForm, memory)
                .SetArgDisplayNames("imagenet-form", memory.Name);
        }
    }

    [TestCaseSource(nameof(Runs))]
    public void ThreeSteps_OnTheReferenceBackend_AreThoseOfPyTorch(
        string run, DenseNetConfiguration network, MemoryStrategy memory)
    {
        SafetensorsFile golden = SafetensorsFile.Read(
            Path.Combine(TestContext.CurrentContext.TestDirectory, "Golden", $"{run}.safetensors"));
        using ReferenceBackend backend = new();
        using Session session = NewSession(golden, network, memory, backend);
        double[] losses = golden.Tensors["losses"].ToDoubles();
        for (int step = 0; step < losses.Length; step++)
        {
            double[] loss = Play(golden, session, isTraining: true).Loss;
            Assert.That(loss[0], Is.EqualTo(losses[step]).Within(Float64Tolerance), $"step {step + 1}");
            if (step == 0)
                Compare(golden, "gradient", session.Model.Parameters.Select(p => (p.Name, p.Gradient)), backend);
            backend.Step = new StepState(Seed: 0, (uint)step, LearningRate: 0.1);
            session.Parameters.Update(SgdSettings.Paper);
        }

        Compare(golden, "final", State(session.Model), backend);
        double[] logits = Play(golden, session, isTraining: false).Logits;
        Assert.That(
            NetworkStep.RelativeError(logits, golden.Tensors["logits"].ToDoubles()), Is.LessThan(Float64Tolerance));
    }

    private static Session NewSession(
        SafetensorsFile golden, DenseNetConfiguration network, MemoryStrategy memory, Backend backend)
    {
        DenseNet model = new(network);
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
        SafetensorsFile golden, string prefix, IEnumerable<(string Key, Tensor Tensor)> tensors, Backend backend)
    {
        foreach ((string key, Tensor tensor) in tensors)
        {
            double[] expected = golden.Tensors[$"{prefix}/{key}"].ToDoubles();
            Assert.That(
                NetworkStep.RelativeError(Download(backend, tensor), expected), Is.LessThan(Float64Tolerance),
                $"{prefix}/{key}");
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
