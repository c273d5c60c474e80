using System.Text.Json;
using DenseNetRaw.Models;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Models;

/// <summary>Expected counts: facts/lineage.md, section 3 (computed there, and equal to what was published).</summary>
public sealed class ResNetConfigurationTests
{
    [TestCase("resnet-20", 10, 269_722)]
    [TestCase("resnet-32", 10, 464_154)]
    [TestCase("resnet-44", 10, 658_586)]
    [TestCase("resnet-56", 10, 853_018)]
    [TestCase("resnet-110", 10, 1_727_962)]
    [TestCase("resnet-110", 100, 1_733_812)]
    [TestCase("resnet-152", 10, 2_408_474)]
    [TestCase("resnet-1202", 10, 19_421_274)]
    [TestCase("stochastic-resnet-110", 10, 1_732_010)]
    [TestCase("preact-resnet-164", 10, 1_703_258)]
    [TestCase("preact-resnet-1001", 10, 10_327_706)]
    [TestCase("preact-resnet-1001", 100, 10_350_836)]
    public void Parameters_OfAPublishedNetwork_AreAsPublished(string name, int classes, long parameters)
    {
        Model model = (ModelConfiguration.Named(name) with { Classes = classes }).NewModel();
        Assert.That(model.Parameters.Sum(parameter => parameter.Shape.Count), Is.EqualTo(parameters));
        Assert.That(ModelDescription.Of(model).Parameters, Is.EqualTo(parameters));
    }

    [TestCase("resnet-110", 252_887_680)]
    [TestCase("stochastic-resnet-110", 252_887_680)]
    [TestCase("preact-resnet-1001", 1_487_849_984)]
    public void MultiplyAdds_OfAPublishedNetwork_AreAsPublished(string name, long multiplyAdds) => Assert.That(
        ModelDescription.Of(ModelConfiguration.Named(name).NewModel()).MultiplyAdds, Is.EqualTo(multiplyAdds));

    /// <summary>164 with 100 classes: 90 more of 256 weights and a bias.</summary>
    [Test]
    public void Parameters_OfPreactivationResNet164With100Classes_AreThoseOf10AndMoreLogits()
    {
        Model model = (ModelConfiguration.Named("preact-resnet-164") with { Classes = 100 }).NewModel();
        Assert.That(model.Parameters.Sum(p => p.Shape.Count), Is.EqualTo(1_703_258 + (90 * 257)));
    }

    [Test]
    public void Keys_OfTheStateDictionary_AreInTorchvisionsManner()
    {
        string[] Keys(string name) => [.. ModelConfiguration.Named(name).NewModel().Parameters.Select(p => p.Name)];
        Assert.That(
            Keys("stochastic-resnet-8").Take(12),
            Is.EqualTo(
                new[]
                {
                    "conv1.weight", "conv1.bias", "bn1.weight", "bn1.bias", "layer1.0.conv1.weight",
                    "layer1.0.conv1.bias", "layer1.0.bn1.weight", "layer1.0.bn1.bias", "layer1.0.conv2.weight",
                    "layer1.0.conv2.bias", "layer1.0.bn2.weight", "layer1.0.bn2.bias",
                }));
        Assert.That(Keys("preact-resnet-11"), Does.Contain("layer3.0.downsample.0.weight"));
        Assert.That(Keys("preact-resnet-20"), Does.Not.Contain("layer3.1.downsample.0.weight"));
        Assert.That(Keys("resnet-8")[^2..], Is.EqualTo(new[] { "fc.weight", "fc.bias" }));
    }

    [TestCase("resnet-22", "6n + 2", "20 or 26")]
    [TestCase("resnet-2", "6n + 2", "8 or 14")]
    [TestCase("preact-resnet-1000", "9n + 2", "992 or 1001")]
    [TestCase("stochastic-resnet-0", "6n + 2", "8 or 14")]
    [TestCase("resnet50", "resnet-L, preact-resnet-L or stochastic-resnet-L", "resnet50")]
    [TestCase("vgg-16", "resnet-L, preact-resnet-L or stochastic-resnet-L", "vgg-16")]
    public void Named_OfAnImpossibleName_SaysTheRule(string name, string rule, string other) => Assert.That(
        () => ModelConfiguration.Named(name),
        Throws.ArgumentException.With.Message.Contains(rule).And.Message.Contains(other));

    private static IEnumerable<TestCaseData> Impossible()
    {
        ResNetConfiguration basic = ResNetConfiguration.Named("resnet-20");
        ResNetConfiguration preactivation = ResNetConfiguration.Named("preact-resnet-20");
        yield return new(basic with { StageUnits = [3, 0, 3] }, "--stage-units must be at least one unit");
        yield return new(
            basic with { StageWidths = [16, 32] }, "--stage-widths must be as many as there are stages, 3");
        yield return new(basic with { StageWidths = [16, 8, 64] }, "--stage-widths must be ascending");
        yield return new(basic with { StageWidths = [0, 8, 64] }, "--stage-widths must be at least 1");
        yield return new(preactivation with { StageWidths = [64, 130, 256] }, "multiples of 4");
        yield return new(basic with { SurvivalRate = 0 }, "--survival-rate must be above 0 and at most 1, found 0");
        yield return new(basic with { SurvivalRate = 1.5 }, "--survival-rate");
        yield return new(basic with { SurvivalRate = double.NaN }, "--survival-rate");
        yield return new(basic with { DeepSupervision = -0.1 }, "--deep-supervision must be at least 0");
        yield return new(
            basic with { StageUnits = [3], StageWidths = [16], DeepSupervision = 0.1 }, "no stage before the last");
        yield return new(basic with { InputHeight = 3 }, "--input-size must be at least 4×4, found 3×32");
    }

    [TestCaseSource(nameof(Impossible))]
    public void NewModel_OfImpossibleExtents_SaysWhichAndWhy(ResNetConfiguration network, string message) =>
        Assert.That(network.NewModel, Throws.ArgumentException.With.Message.Contains(message));

    [Test]
    public void Json_OfAResNet_IsReadAsItWasWritten()
    {
        ModelConfiguration network = ResNetConfiguration.Named("stochastic-resnet-20") with { DeepSupervision = 0.3 };
        string json = JsonSerializer.Serialize(network);
        Assert.That(json, Does.Contain("\"family\":\"resnet\""));
        ModelConfiguration read = JsonSerializer.Deserialize<ModelConfiguration>(json)!;
        Assert.That(JsonSerializer.Serialize(read), Is.EqualTo(json));
        Assert.That(read, Is.TypeOf<ResNetConfiguration>());
        Assert.That(read.Depth, Is.EqualTo(20));
    }

    [Test]
    public void WithBlocksOf_SomeUnits_NamesTheDepth()
    {
        Assert.That(ModelConfiguration.Named("resnet-20").WithBlocksOf(18).Name, Is.EqualTo("resnet-110"));
        Assert.That(ModelConfiguration.Named("preact-resnet-11").WithBlocksOf(111).Depth, Is.EqualTo(1001));
    }
}
