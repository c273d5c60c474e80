using DenseNetRaw.Cli;
using DenseNetRaw.Serialization;
using DenseNetRaw.Tests.Serialization;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

public sealed class ExportCommandTests
{
    private static readonly string Golden = Path.Combine(TestContext.CurrentContext.TestDirectory, "Golden");

    /// <summary>The network that make_torchvision.py calls torchvision.</summary>
    private static readonly string[] OfTorchvision =
        [
            "--model", "densenet121", "--block-config", "1,1,2,1", "--growth-rate", "4", "--initial-channels", "8",
            "--bottleneck-width", "2", "--classes", "5", "--input-size", "37,45",
        ];

    /// <summary>The network of the golden run cifar-form.</summary>
    private static readonly string[] OfCifarForm =
        ["--model", "densenet-bc-10-3", "--block-config", "1,2,1", "--classes", "4", "--input-size", "10,9"];

    [Test]
    public void Help_SaysOfWhatModelsOnnxIs() =>
        Assert.That(CommandRun.Of("export --help").Output, Does.Contain("of DenseNets alone, as ONNX"));

    /// <summary>The golden files were accepted by onnx's checker and computed by PyTorch: run_onnx.py.</summary>
    [TestCase("torchvision")]
    [TestCase("cifar-form")]
    public void Onnx_OfGoldenWeights_IsTheFileThatWasChecked(string run)
    {
        using TemporaryFolder folder = new();
        byte[] exported = File.ReadAllBytes(Export(folder, run));
        Assert.That(exported.SequenceEqual(File.ReadAllBytes(Path.Combine(Golden, $"{run}.onnx"))));
    }

    /// <summary>
    /// Both golden runs, whose logits are PyTorch's, and weights of 'train' without bottlenecks, whose logits are ours.
    /// </summary>
    [Test]
    public void Onnx_RunByPyTorch_GivesTheLogits()
    {
        using TemporaryFolder folder = new();
        string cifarLogits = folder.File("cifar-logits.safetensors"), ours = folder.File("model.onnx");
        SafetensorsFile golden = SafetensorsFile.Read(Path.Combine(Golden, "cifar-form.safetensors"));
        SafetensorsFile.Write(cifarLogits, [Renamed(golden, "images", "input"), Renamed(golden, "logits", "logits")]);
        string run = Train(folder);
        CommandRun.Of("export", "--weights", run, "--output", ours).AssertSucceeds();
        string printed = ToolRun.OfPython(
            "run_onnx.py", Export(folder, "torchvision"), Path.Combine(Golden, "torchvision-logits.safetensors"),
            Export(folder, "cifar-form"), cifarLogits, ours, Predict(folder, run));
        Assert.That(printed.Split('\n').Count(line => line.Contains("error", StringComparison.Ordinal)), Is.EqualTo(3));
    }

    /// <summary>The folder of a run says what model its weights are of.</summary>
    [Test]
    public void Onnx_OfARunFolder_HasItsModel()
    {
        using TemporaryFolder folder = new();
        string run = Train(folder), onnx = folder.File("model.onnx");
        CommandRun exported = CommandRun.Of("export", "--weights", run, "--output", onnx);
        exported.AssertSucceeds();
        Assert.That(exported.Output, Does.Match(@"^densenet-7-2 in .*model\.onnx, [\d,]+ bytes"));
        List<ProtobufField> model = ProtobufReader.Fields(File.ReadAllBytes(onnx));
        Dictionary<string, string> metadata = model.Where(field => field.Number == 14)
            .Select(field => ProtobufReader.Fields(field.Bytes)).ToDictionary(pair => pair[0].Text, p => p[1].Text);
        Assert.That(metadata["classes"], Does.StartWith("[\"airplane\",\"automobile\",").And.EndsWith("]"));
        Assert.That(metadata["mean"], Is.EqualTo("0.4,0.5,0.6"));
        Assert.That(NodeTypes(model), Is.SupersetOf(new[]
        {
            "Conv", "BatchNormalization", "Relu", "Concat", "AveragePool", "GlobalAveragePool", "Flatten", "Gemm",
        }));
    }

    [Test]
    public void Safetensors_OfARun_SayTheSameInFloat32()
    {
        using TemporaryFolder folder = new();
        string run = Train(folder), copy = folder.File("copy.safetensors");
        CommandRun.Of("export", "--weights", run, "--output", copy).AssertSucceeds();
        SafetensorsFile from = SafetensorsFile.Read(Path.Combine(run, "model.safetensors"));
        SafetensorsFile to = SafetensorsFile.Read(copy);
        Assert.That(to.Metadata, Is.EqualTo(from.Metadata));
        Assert.That(to.Tensors.Keys, Is.EqualTo(from.Tensors.Keys));
        foreach ((string key, SafetensorsTensor tensor) in to.Tensors)
            Assert.That(tensor.Data.Span.SequenceEqual(from.Tensors[key].Data.Span), key);
    }

    [TestCase("model.pth", ".onnx or .safetensors")]
    [TestCase("model", ".onnx or .safetensors")]
    [TestCase("nowhere/model.onnx", "folder that exists")]
    public void Output_ThatIsNeither_IsWrongUsage(string output, string expected)
    {
        using TemporaryFolder folder = new();
        CommandRun.Of(["export", "--weights", "x", "--output", folder.File(output)])
            .AssertFails(ExitCode.Usage, "--output", expected);
    }

    [Test]
    public void Weights_ThatDoNotFit_LeaveNoFile()
    {
        using TemporaryFolder folder = new();
        string output = folder.File("model.onnx"), weights = Path.Combine(Golden, "torchvision-weights.safetensors");
        CommandRun.Of("export", "--weights", weights, "--output", output).AssertFails(ExitCode.Usage, "--model");
        CommandRun.Of("export", "--weights", weights, "--output", output, "--model", "densenet121")
            .AssertFails(ExitCode.BadData, weights, "misshapen features.conv0.weight");
        Assert.That(File.Exists(output), Is.False);
    }

    /// <summary>
    /// A tensor's bytes are referred to and not copied, so that weights of 2 GB need not be there to be refused.
    /// </summary>
    [Test]
    public void Graph_OfMoreThan2GB_IsRefused()
    {
        byte[] some = new byte[1 << 20];
        Dictionary<string, SafetensorsTensor> weights = Enumerable.Range(0, 2048).ToDictionary(
            i => $"w{i}", i => new SafetensorsTensor($"w{i}", "F32", [1 << 16, 4, 1, 1], some, "memory"));
        OnnxGraph graph = new(weights);
        foreach (string name in weights.Keys)
            graph.Convolution($"conv {name}", "input", name, 1, 0);
        Assert.That(
            () => graph.ToModel("large", ("input", [4, 1, 1]), ("logits", [1]), new Dictionary<string, string>()),
            Throws.ArgumentException.With.Message.Contains("2147483647 bytes").And.Message.Contains("'large'"));
    }

    /// <summary>Two images and their logits, in one file.</summary>
    private static string Predict(TemporaryFolder folder, string run)
    {
        string input = folder.File("input.safetensors"), output = folder.File("logits.safetensors");
        float[] pixels = [.. Enumerable.Range(0, 3 * 32 * 32 * 2).Select(i => (float)Math.Sin(i))];
        SafetensorsTensor images = SafetensorsTensor.Create("input", [2, 3, 32, 32], pixels);
        SafetensorsFile.Write(input, [images]);
        CommandRun.Of("predict", input, "--weights", run, "--device", "reference", "--output", output)
            .AssertSucceeds();
        SafetensorsTensor logits = SafetensorsFile.Read(output).Tensors["logits"];
        SafetensorsFile.Write(output, [images, logits]);
        return output;
    }

    private static string[] NodeTypes(List<ProtobufField> model)
    {
        ProtobufField graph = model.Single(field => field.Number == 7);
        return [.. ProtobufReader.Fields(graph.Bytes).Where(field => field.Number == 1)
            .Select(node => ProtobufReader.Fields(node.Bytes).Single(field => field.Number == 4).Text).Distinct()];
    }

    private static string Export(TemporaryFolder folder, string run)
    {
        string output = folder.File($"{run}.onnx"), weights = Path.Combine(Golden, "torchvision-weights.safetensors");
        if (run == "cifar-form")
        {
            const string Prefix = "final/";
            weights = folder.File("weights.safetensors");
            SafetensorsFile golden = SafetensorsFile.Read(Path.Combine(Golden, $"{run}.safetensors"));
            SafetensorsFile.Write(weights, golden.Tensors.Keys
                .Where(key => key.StartsWith(Prefix, StringComparison.Ordinal))
                .Select(key => Renamed(golden, key, key[Prefix.Length..])));
        }

        CommandRun.Of([
            "export", "--weights", weights, "--output", output,
            .. run == "cifar-form" ? OfCifarForm : OfTorchvision]).AssertSucceeds();
        return output;
    }

    private static SafetensorsTensor Renamed(SafetensorsFile file, string from, string to)
    {
        SafetensorsTensor tensor = file.Tensors[from];
        return tensor.Dtype == SafetensorsDtype.I64
            ? SafetensorsTensor.Create(to, [.. tensor.Shape], tensor.ToIntegers())
            : SafetensorsTensor.Create(to, [.. tensor.Shape], tensor.ToDoubles());
    }

    private static string Train(TemporaryFolder folder)
    {
        string run = folder.File("run");
        CommandRun.Of([
            "train", .. CommandRun.TinyModel, "--data", TinyCifar.Write(folder.File("data")), "--batch-size", "8",
            "--max-steps", "1", "--mean", "0.4,0.5,0.6", "--output-dir", run]).AssertSucceeds();
        return run;
    }
}
