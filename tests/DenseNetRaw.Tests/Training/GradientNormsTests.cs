using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Data;
using DenseNetRaw.Models;
using DenseNetRaw.Serialization;
using DenseNetRaw.Tests.Data;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Training;

public sealed class GradientNormsTests
{
    private static readonly DenseNetConfiguration Configuration = TinyTraining.Model;
    private static readonly ImageDataset Images = TestImages.Create(22, 8, 8);

    [Test]
    public void GradientNorms_OfABatch_AddUpToTheNormOfTheStep()
    {
        using ReferenceBackend backend = new();
        using Session session = NewSession(backend);
        (float[] pixels, int[] labels) = Batch(6);
        GradientNorms norms = GradientNorms.Of(session, pixels, labels);
        GradientNorms again = GradientNorms.Of(session, pixels, labels);
        StepResult step = session.Train(pixels, labels, learningRate: 0);
        Assert.Multiple(() =>
        {
            Assert.That(
                Math.Sqrt(norms.Layers.Sum(layer => layer.Norm * layer.Norm)),
                Is.EqualTo(step.GradientNorm).Within(1e-9).Percent);
            Assert.That(norms.Loss, Is.EqualTo(step.Loss).Within(1e-9).Percent);
            Assert.That(again.Layers, Is.EqualTo(norms.Layers));
            Assert.That(norms.Layers.Select(layer => layer.Layer), Is.Unique);
            Assert.That(
                norms.Layers.Sum(layer => layer.Parameters),
                Is.EqualTo(session.Model.Parameters.Sum(parameter => (long)parameter.Shape.Count)));
        });
    }

    [Test]
    public void GradientNorms_OfALayer_ComeInOrderOfDepth()
    {
        using ReferenceBackend backend = new();
        using Session session = NewSession(backend);
        (float[] pixels, int[] labels) = Batch(6);
        LayerGradient[] layers = [.. GradientNorms.Of(session, pixels, labels).Layers];
        Assert.Multiple(() =>
        {
            Assert.That(layers.Take(3).Select(layer => (layer.Layer, layer.IsNorm)), Is.EqualTo(new[]
            {
                ("features.conv0", false), ("features.denseblock1.denselayer1.norm1", true),
                ("features.denseblock1.denselayer1.conv1", false),
            }));
            Assert.That(layers[^1].Layer, Is.EqualTo("classifier"));
        });
    }

    [Test]
    public void GradientNorms_OfAFile_AreTheSameEachTime()
    {
        using TemporaryFolder temporary = new();
        string path = temporary.File("weights.safetensors");
        using Backend backend = new CpuBackend(2);
        using (Session session = NewSession(backend))
        {
            SafetensorsFile.Write(
                path, StateDictionary.Capture(session.Model, backend), new Dictionary<string, string>());
        }

        GradientNorms Compute() => GradientNorms.Of(
            Configuration.NewModel(), SafetensorsFile.Read(path), backend, Images, Images.Normalization, seed: 5);
        GradientNorms norms = Compute();
        Assert.That(norms.Images, Is.EqualTo(22));
        Assert.That(Compute().Layers, Is.EqualTo(norms.Layers));
        Assert.That(norms.Layers.Select(layer => layer.Norm), Is.All.Positive);
    }

    private static Session NewSession(Backend backend) => new(
        Configuration.NewModel(), backend, new SessionSettings { TrainingBatchSizes = [6], Seed = 5 });

    private static (float[] Pixels, int[] Labels) Batch(int count)
    {
        using BatchLoader loader = new(Images, new BatchOptions { BatchSize = count });
        loader.StartEpoch(1);
        Assert.That(loader.TryNext(out DenseNetRaw.Data.Batch? batch));
        return ([.. batch!.Pixels], [.. batch.Labels]);
    }
}
