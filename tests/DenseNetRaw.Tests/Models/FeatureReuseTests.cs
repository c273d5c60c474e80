using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Models;
using DenseNetRaw.Serialization;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Models;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FeatureReuseTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [TestCase("densenet-10-3", "conv1")]
    [TestCase("densenet-bc-16-3", "conv1")]
    public void FeatureReuse_OfADenseNet_IsTheMeanMagnitudeBySource(string name, string convolution)
    {
        DenseNetConfiguration configuration = DenseNetConfiguration.Named(name) with { InitialChannels = 5 };
        SafetensorsFile file = Write(configuration);
        IReadOnlyList<FeatureReuse> blocks = FeatureReuse.Of(configuration.NewModel(), file);
        Assert.That(blocks.Select(block => block.Block), Is.EqualTo(new[] { "block 1", "block 2", "block 3" }));
        for (int b = 0; b < 3; b++)
        {
            string[] layers = [$"features.denseblock{b + 1}.denselayer1", $"features.denseblock{b + 1}.denselayer2"];
            string[] keys =
            [
                .. layers.Select(layer => $"{layer}.{convolution}.weight"),
                b < 2 ? $"features.transition{b + 1}.conv.weight" : "classifier.weight",
            ];
            int input = (int)file.Tensors[keys[0]].Shape[1];
            Assert.Multiple(() =>
            {
                Assert.That(blocks[b].Sources, Is.EqualTo(new[] { "input", "layer 1", "layer 2" }));
                Assert.That(
                    blocks[b].Readers,
                    Is.EqualTo(new[] { "layer 1", "layer 2", b < 2 ? "transition" : "classifier" }));
                for (int reader = 0; reader < 3; reader++)
                {
                    Assert.That(
                        blocks[b].Weights[reader],
                        Is.EqualTo(Straight(file.Tensors[keys[reader]], [input, 3, 3])).Within(1e-6).Percent);
                    Assert.That(blocks[b].Weights[reader], Has.Count.EqualTo(reader + 1));
                }
            });
        }
    }

    [Test]
    public void FeatureReuse_OfWeightsOfAnotherModel_NamesTheFile()
    {
        SafetensorsFile file = Write(DenseNetConfiguration.Named("densenet-10-3"));
        Assert.That(
            () => FeatureReuse.Of(DenseNetConfiguration.Named("densenet-10-4").NewModel(), file),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains(file.Path));
    }

    /// <summary>Element by element: each belongs to the source that its channel is of.</summary>
    private static double[] Straight(SafetensorsTensor weight, int[] sources)
    {
        int channels = (int)weight.Shape[1], window = (int)weight.Shape.Skip(2).Aggregate(1L, (a, b) => a * b);
        int[] sourceOf = [.. sources.SelectMany((count, source) => Enumerable.Repeat(source, count))];
        return
        [
            .. weight.ToDoubles().Select((w, i) => (Source: sourceOf[i / window % channels], Magnitude: Math.Abs(w)))
                .GroupBy(w => w.Source).OrderBy(group => group.Key).Select(group => group.Average(w => w.Magnitude)),
        ];
    }

    private SafetensorsFile Write(DenseNetConfiguration configuration)
    {
        using ReferenceBackend backend = new();
        using Session session = new(
            configuration.NewModel(), backend, new SessionSettings { EvaluationBatchSizes = [1], Seed = 3 });
        string path = _temporary.File("weights.safetensors");
        SafetensorsFile.Write(path, StateDictionary.Capture(session.Model, backend), new Dictionary<string, string>());
        return SafetensorsFile.Read(path);
    }
}
