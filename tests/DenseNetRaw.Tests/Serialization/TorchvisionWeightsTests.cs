using System.Text.RegularExpressions;
using DenseNetRaw.Cli;
using DenseNetRaw.Serialization;
using DenseNetRaw.Tests.Cli;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Serialization;

/// <summary>Weights under torchvision's names give torchvision's logits. Made by Golden/make_torchvision.py.</summary>
public sealed partial class TorchvisionWeightsTests
{
    /// <summary>Of the largest logit: two implementations in float32.</summary>
    private const double Tolerance = 1e-4;

    private static readonly string Golden = Path.Combine(TestContext.CurrentContext.TestDirectory, "Golden");

    private static readonly string[] Model =
        [
            "--model", "densenet121", "--block-config", "1,1,2,1", "--growth-rate", "4", "--initial-channels", "8",
            "--bottleneck-width", "2", "--classes", "5",
        ];

    [TestCase("reference")]
    [TestCase("cpu")]
    public void Predict_WithTorchvisionsWeights_GivesItsLogits(string device)
    {
        using TemporaryFolder folder = new();
        AssertLogits(
            folder, Path.Combine(Golden, "torchvision-weights.safetensors"),
            Path.Combine(Golden, "torchvision-logits.safetensors"), [.. Model, "--device", device]);
    }

    [Test]
    public void Predict_WithTheNamesOfTorchvisionsFirstFiles_GivesTheSame()
    {
        using TemporaryFolder folder = new();
        string first = folder.File("first.safetensors");
        SafetensorsFile now = SafetensorsFile.Read(Path.Combine(Golden, "torchvision-weights.safetensors"));
        SafetensorsFile.Write(first, now.Tensors.Values
            .Where(tensor => tensor.Dtype == SafetensorsDtype.F32)
            .Select(t => SafetensorsTensor.Create(Part().Replace(t.Name, "$1.$2."), [.. t.Shape], t.ToSingles())));
        Assert.That(
            SafetensorsFile.Read(first).Tensors.Keys, Does.Contain("features.denseblock3.denselayer2.conv.1.weight"));
        AssertLogits(
            folder, first, Path.Combine(Golden, "torchvision-logits.safetensors"), [.. Model, "--device", "cpu"]);
    }

    [Test]
    public void Weights_UnderBothNames_AreRefused()
    {
        using TemporaryFolder folder = new();
        string both = folder.File("both.safetensors");
        SafetensorsFile now = SafetensorsFile.Read(Path.Combine(Golden, "torchvision-weights.safetensors"));
        SafetensorsTensor norm = now.Tensors["features.denseblock1.denselayer1.norm1.bias"];
        SafetensorsFile.Write(both, now.Tensors.Values.Append(SafetensorsTensor.Create(
            "features.denseblock1.denselayer1.norm.1.bias", [.. norm.Shape], norm.ToSingles())));
        CommandRun.Of([
            "predict", Path.Combine(Golden, "torchvision-logits.safetensors"), "--weights", both, .. Model])
            .AssertFails(ExitCode.BadData, "denselayer1.norm1.bias twice");
    }

    /// <summary>
    /// densenet121 as torchvision makes it, through scripts/convert-weights.py, which the script checks both ways.
    /// </summary>
    [Test]
    public void Predict_WithTorchvisionsDenseNet121_GivesItsLogitsAndExportsItsWeights()
    {
        using TemporaryFolder folder = new();
        ToolRun.OfPython("make_torchvision.py", folder.FullName, "densenet121");
        string weights = folder.File("densenet121-weights.safetensors"), copy = folder.File("copy.safetensors");
        string[] model = ["--model", "densenet121"];
        AssertLogits(
            folder, weights, folder.File("densenet121-logits.safetensors"), [.. model, "--device", "cpu"]);
        CommandRun.Of(["export", "--weights", weights, "--output", copy, .. model]).AssertSucceeds();
        SafetensorsFile from = SafetensorsFile.Read(weights), to = SafetensorsFile.Read(copy);
        Assert.That(to.Tensors.Keys, Is.EquivalentTo(from.Tensors.Keys));
        Assert.That(to.Tensors.Values.All(t => t.Data.Span.SequenceEqual(from.Tensors[t.Name].Data.Span)));
    }

    private static void AssertLogits(TemporaryFolder folder, string weights, string golden, string[] flags)
    {
        string output = folder.File("logits.safetensors");
        CommandRun.Of(["predict", golden, "--weights", weights, "--output", output, .. flags]).AssertSucceeds();
        float[] expected = SafetensorsFile.Read(golden).Tensors["logits"].ToSingles();
        float[] found = SafetensorsFile.Read(output).Tensors["logits"].ToSingles();
        Assert.That(found, Is.EqualTo(expected).Within(Tolerance * expected.Max(Math.Abs)));
    }

    [GeneratedRegex(@"(denselayer\d+\.(?:norm|conv))([12])\.")]
    private static partial Regex Part();
}
