using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Data;
using DenseNetRaw.Memory;
using DenseNetRaw.Tests.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Training;

/// <summary>
/// Steps of training in float32 on the Cpu backend beside the same steps in float64 on the reference backend, which
/// <see cref="ReferenceRunTests"/> holds to PyTorch. Each step begins with the same weights and has the same masks of
/// ReLUs, so that rounding within one step is all that differs. The bounds are 1.7 to 4 times what was reached in
/// twenty steps of both networks, or in six without vector instructions, and hold for sums in any order.
/// </summary>
public sealed class Float32AccuracyTests
{
    /// <summary>Of a loss near 2.3, which float32 itself rounds by up to 1.2e-7; 1.4e-7 was reached.</summary>
    private const double LossError = 5e-7;

    /// <summary>Relative, of each norm-relu; 7.6e-7 was reached, in the last layers.</summary>
    private const double OutputError = 1.5e-6;

    /// <summary>
    /// How far from zero the input of a ReLU may be whose mask is not that of float64: the error of an input, whose
    /// deviation is about 1. 1.2e-6 was reached.
    /// </summary>
    private const double FurthestTurned = 4e-6;

    /// <summary>Of the millions of inputs of a step; up to 4 were found.</summary>
    private const int MostTurned = 16;

    /// <summary>
    /// Relative, of each parameter's. A vector of 16, 8 or 4 numbers sums that many parts on their own, so more are
    /// more accurate: 9.3e-7, 1.6e-6 and 3e-6 were reached, where the terms of a norm's beta cancel most.
    /// </summary>
    private static double GradientError => CpuBackend.WidestLanes > 4 ? 3e-6 : 5e-6;

    [TestCase("bc22k8", "densenet-bc-22-8")]
    [TestCase("d13k6", "densenet-13-6")]
    public void TrainingSteps_OnTheCpuBackend_DifferFromFloat64ByRounding(string run, string model)
    {
        string shared = SharedFolder.Require();
        using CpuBackend cpu = new();
        using ReferenceBackend reference = new();
        using Session actual = ReferenceRun.NewSession(shared, run, model, cpu, MemoryStrategy.Slab);
        using Session expected = ReferenceRun.NewSession(shared, run, model, reference, MemoryStrategy.Naive);
        using BatchLoader loader = ReferenceRun.NewLoader(shared);
        loader.StartEpoch(1);

        // In the first step all gammas are 1 and all betas 0, in those that follow they are not.
        for (uint number = 1; number <= LongForm.Count(2, 20); number++)
        {
            Assert.That(loader.TryNext(out Batch? batch));
            CopyWeights(actual, expected);
            RecordedStep step = ReferenceRun.Feed(actual, batch!), exact = ReferenceRun.Feed(expected, batch!);
            NormReluOutputs outputs = NormReluOutputs.Play(step.Plan, cpu);
            outputs.PlayReference(exact.Plan, reference);
            AssertAccurate(outputs, actual, number);
            double loss = NetworkStep.Download(reference, exact.Loss.Value)[0];
            Assert.That(
                NetworkStep.Download(cpu, step.Loss.Value)[0], Is.EqualTo(loss).Within(LossError), $"step {number}");
            AssertAccurate(actual, expected, parameter => parameter.Gradient, number);
            Descend(actual, number);
            Descend(expected, number);
            AssertAccurate(actual, expected, parameter => parameter.Value, number);
        }
    }

    private static void CopyWeights(Session from, Session to)
    {
        foreach ((Parameter source, Parameter target) in from.Model.Parameters.Zip(to.Model.Parameters))
            to.Backend.Upload(NetworkStep.Download(from.Backend, source.Value), target.Value);
    }

    private static void Descend(Session session, uint number)
    {
        session.Backend.Step = new StepState(Seed: 0, number, LearningRate: 0.1);
        session.Parameters.Update(SgdSettings.Paper);
    }

    private static void AssertAccurate(NormReluOutputs outputs, Session session, uint number)
    {
        Assert.That(
            outputs.Errors.Keys, Is.EquivalentTo(session.Model.NormLayers.Select(norm => norm.Gamma.Name)));
        foreach ((string name, double error) in outputs.Errors)
            Assert.That(error, Is.LessThan(OutputError), $"output of {name}, step {number}");
        Assert.That(outputs.Turned, Is.All.LessThan(FurthestTurned), $"step {number}");
        Assert.That(outputs.Turned, Has.Count.LessThanOrEqualTo(MostTurned), $"step {number}");
    }

    private static void AssertAccurate(
        Session actual, Session expected, Func<Parameter, Tensor> tensor, uint number)
    {
        foreach ((Parameter mine, Parameter exact) in actual.Model.Parameters.Zip(expected.Model.Parameters))
        {
            double error = NetworkStep.RelativeError(
                NetworkStep.Download(actual.Backend, tensor(mine)),
                NetworkStep.Download(expected.Backend, tensor(exact)));
            Assert.That(error, Is.LessThan(GradientError), $"{tensor(mine)}, step {number}");
        }
    }
}
