using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Models;

/// <summary>Gradients of the sum of all exits' losses beside central differences, through whole networks.</summary>
public sealed class MsdNetGradientTests
{
    private const int BatchSize = 3;

    /// <summary>Small enough that hardly a ReLU changes sides, large enough for 16 digits.</summary>
    private const double Difference = 1e-6;
    private const double Tolerance = 1e-5;

    private static IEnumerable<MsdNetConfiguration> Networks() => MsdNets.All;

    /// <summary>Each parameter moves along one random direction.</summary>
    [TestCaseSource(nameof(Networks))]
    public void Gradients_OfEveryParameter_AreThoseOfCentralDifferences(MsdNetConfiguration network)
    {
        using ReferenceBackend backend = new();
        using Session session = new(
            network.NewModel(), backend,
            new SessionSettings { TrainingBatchSizes = [BatchSize], Memory = MemoryStrategy.SlabMinimal });
        RecordedStep step = session.StepFor(BatchSize, isTraining: true);
        Loss(session, step);
        (Parameter Parameter, double[] Gradient)[] gradients =
            [.. session.Model.Parameters.Select(p => (p, NetworkStep.Download(backend, p.Gradient)))];
        uint stream = 50;
        foreach ((Parameter parameter, double[] gradient) in gradients)
        {
            double[] direction = NetworkStep.RandomNumbers(gradient.Length, stream++);
            double[] weights = NetworkStep.Download(backend, parameter.Value);
            double LossAt(double t)
            {
                backend.Upload([.. weights.Zip(direction, (w, d) => w + (t * d))], parameter.Value);
                return Loss(session, step);
            }

            double expected = (LossAt(Difference) - LossAt(-Difference)) / (2 * Difference);
            LossAt(0);
            double actual = gradient.Zip(direction, (g, d) => g * d).Sum();
            double scale = Math.Sqrt(gradient.Sum(g => g * g) * direction.Sum(d => d * d));
            Assert.That(Math.Abs(actual - expected), Is.LessThan(Tolerance * (1 + scale)), parameter.Name);
            Assert.That(scale, Is.Positive, parameter.Name);
        }
    }

    [Test]
    public void Loss_OfAllExits_IsTheSumOfTheirs()
    {
        using ReferenceBackend backend = new();
        using Session session = new(
            MsdNets.CifarForm.NewModel(), backend, new SessionSettings { TrainingBatchSizes = [BatchSize] });
        RecordedStep step = session.StepFor(BatchSize, isTraining: true);
        double total = Loss(session, step);
        double[] losses = [.. step.Exits.Select(exit => NetworkStep.Download(backend, exit.Loss.Value)[0])];
        Assert.That(losses, Has.Length.EqualTo(3).And.All.Positive);
        Assert.That(total, Is.EqualTo(losses.Sum()).Within(1e-12));
    }

    private static double Loss(Session session, RecordedStep step)
    {
        Backend backend = session.Backend;
        backend.Upload(NetworkStep.RandomNumbers(step.Images.Shape.Count, 1), step.Images.Value);
        backend.Upload([0, 1, 2], step.Labels.Value);
        foreach (Parameter parameter in session.Model.Parameters)
        {
            backend.Fill(0, parameter.Gradient);
        }

        step.Plan.Play(backend);
        return NetworkStep.Download(backend, step.Loss.Value)[0];
    }
}
