using System.Text.Json;
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Cuda;
using DenseNetRaw.Data;
using DenseNetRaw.Serialization;
using DenseNetRaw.Tests.Cuda;
using DenseNetRaw.Tests.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Training;

/// <summary>
/// The runs that PyTorch 1.13.1 made from the same weights on the same images (shared/reference/README.md).
/// </summary>
public sealed class ReferenceRunTests
{
    [TestCase("bc22k8", "densenet-bc-22-8")]
    [TestCase("d13k6", "densenet-13-6")]
    public void Losses_OfTheReferenceBackend_FollowFloat64PyTorch(string run, string model)
    {
        string shared = SharedFolder.Require();
        using ReferenceBackend backend = new();
        double[] expected = Losses(Path.Combine(shared, "reference", $"{run}.losses64.jsonl"));
        Assert.That(TrainingLosses(shared, run, model, backend, expected.Length), Is.EqualTo(expected).Within(1e-4));
    }

    [TestCase("bc22k8", "densenet-bc-22-8")]
    [TestCase("d13k6", "densenet-13-6")]
    public void Gradients_OfTheReferenceBackend_AreThoseOfFloat64PyTorch(string run, string model)
    {
        string shared = SharedFolder.Require();
        using ReferenceBackend backend = new();
        foreach ((string name, double[] actual, double[] expected) in FirstGradients(shared, run, model, backend))
            Assert.That(NetworkStep.RelativeError(actual, expected), Is.LessThan(1e-6), name);
    }

    /// <summary>
    /// This training is chaotic, so float32 is held to three losses, and to gradients no worse than twice PyTorch's own
    /// float32 error or 1e-5. Masks of ReLUs that rounding turns break that as well; <see cref="Float32AccuracyTests"/>
    /// does without this luck.
    /// </summary>
    [Test]
    public void CudaBackend_FromTheSameWeights_MeetsTheBoundsOfFloat32([Values] bool fusesProducts)
    {
        string shared = SharedFolder.Require();
        using CudaBackend backend = TestBackend.New(CudaPrecision.Fp32, fusesProducts: fusesProducts);
        AssertMeetsTheBoundsOfFloat32(shared, "bc22k8", "densenet-bc-22-8", backend);
    }

    private static void AssertMeetsTheBoundsOfFloat32(string shared, string run, string model, Backend backend)
    {
        double[] expected = Losses(Path.Combine(shared, "reference", $"{run}.losses64.jsonl"));
        Assert.That(TrainingLosses(shared, run, model, backend, 3), Is.EqualTo(expected[..3]).Within(1e-4));
        SafetensorsFile single = SafetensorsFile.Read(Path.Combine(shared, "reference", $"{run}.grads0.safetensors"));
        foreach ((string name, double[] actual, double[] exact) in FirstGradients(shared, run, model, backend))
        {
            double pyTorchError = NetworkStep.RelativeError(single.Tensors[name].ToDoubles(), exact);
            Assert.That(
                NetworkStep.RelativeError(actual, exact), Is.LessThanOrEqualTo(Math.Max(2 * pyTorchError, 1e-5)), name);
        }
    }

    private static double[] TrainingLosses(string shared, string run, string model, Backend backend, int steps)
    {
        using Session session = ReferenceRun.NewSession(shared, run, model, backend);
        using BatchLoader loader = ReferenceRun.NewLoader(shared);
        loader.StartEpoch(1);
        double[] losses = new double[steps];
        for (int step = 0; step < steps; step++)
        {
            Assert.That(loader.TryNext(out Batch? batch));
            losses[step] = session.Train(batch!.Pixels, batch.Labels, 0.1).Loss;
        }

        return losses;
    }

    /// <summary>Gradients of the first step, before the optimiser, beside PyTorch's in float64.</summary>
    private static IEnumerable<(string Name, double[] Actual, double[] Expected)> FirstGradients(
        string shared, string run, string model, Backend backend)
    {
        using Session session = ReferenceRun.NewSession(shared, run, model, backend);
        using BatchLoader loader = ReferenceRun.NewLoader(shared);
        loader.StartEpoch(1);
        Assert.That(loader.TryNext(out Batch? batch));
        ReferenceRun.Feed(session, batch!).Plan.Play(backend);
        SafetensorsFile file = SafetensorsFile.Read(Path.Combine(shared, "reference", $"{run}.grads0_64.safetensors"));
        List<Parameter> parameters = [.. session.Model.Parameters];
        Assert.That(file.Tensors.Keys, Is.EquivalentTo(parameters.Select(p => p.Name)));
        foreach (Parameter parameter in parameters)
        {
            double[] actual = new double[parameter.Shape.Count];
            backend.Download(parameter.Gradient, actual);
            yield return (parameter.Name, actual, file.Tensors[parameter.Name].ToDoubles());
        }
    }

    private static double[] Losses(string path) =>
        [.. File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("loss").GetDouble())];
}
