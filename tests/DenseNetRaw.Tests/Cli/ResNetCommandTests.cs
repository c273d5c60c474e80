using System.Text.Json;
using DenseNetRaw.Cli;
using DenseNetRaw.Serialization;
using DenseNetRaw.Tests.Models;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

/// <summary>The commands on residual networks, and on networks with heads.</summary>
public sealed class ResNetCommandTests
{
    private static readonly string[] Tiny = ["--stage-widths", "4,4,8", "--device", "reference"];

    [TestCase(
        "resnet-8 --growth-rate 4", "--growth-rate changes a DenseNet or an MSDNet, and model 'resnet-8' is none")]
    [TestCase("densenet-bc-10-3 --survival-rate 0.5", "--survival-rate changes a ResNet")]
    [TestCase("resnet-8 --survival-rate 0", "--survival-rate must be above 0 and at most 1, found 0")]
    [TestCase("resnet-9", "expected a depth of 6n + 2 with n ≥ 1 for model 'resnet-9', for example 8 or 14, found 9")]
    [TestCase("resnet-8 --stage-units 1,0,1", "--stage-units must be at least one unit a stage, found 1,0,1")]
    [TestCase("resnet-8 --stage-units 2000000000,2000000000,1", "--stage-units must be at most 65536 units in all")]
    [TestCase(
        "resnet-20 --stage-units 3,3,3 --depth 26", "--depth and --stage-units both say how deep model 'resnet-20' is")]
    [TestCase("densenet-bc-40-12 --block-config 3,3,3 --depth 40", "--depth and --block-config both say how deep")]
    [TestCase("resnet-8 --deep-supervision 2", "--deep-supervision must be at least 0 and at most 1, found 2")]
    public void Describe_OfImpossibleFlags_SaysWhy(string model, string message)
    {
        CommandRun run = CommandRun.Of($"describe --model {model}");
        Assert.That(run.Code, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain(message));
    }

    [Test]
    public void Describe_WithDeepSupervision_CountsHeadsApart()
    {
        JsonElement without = CommandRun.Json("describe --model densenet-bc-40-12");
        JsonElement with = CommandRun.Json("describe --model densenet-bc-40-12 --deep-supervision 0.3");
        Assert.That(
            with.GetProperty("parameters").GetInt64(), Is.EqualTo(without.GetProperty("parameters").GetInt64()));
        Assert.That(without.GetProperty("headParameters").GetInt64(), Is.Zero);

        // Norms and classifiers of 96 and 120 channels.
        Assert.That(
            with.GetProperty("headParameters").GetInt64(), Is.EqualTo((2 * 96) + 970 + (2 * 120) + 1210));
    }

    [TestCase("preact-resnet-11 --stage-widths 8,8,16 --survival-rate 0.5")]
    [TestCase("stochastic-resnet-8 --deep-supervision 0.2")]
    public void PlanFitAndTrace_OfAResNet_Succeed(string model)
    {
        string flags = $"--model {model} --device reference --input-size 8";
        CommandRun.Json($"plan {flags} --batch-size 2");
        CommandRun.Json($"fit {flags} --memory-budget 64MiB --batch-size 2");
        CommandRun.Of($"trace {flags} --batch-size 2 --memory slab-minimal").AssertSucceeds();
    }

    [Test]
    public void FitDeepest_OfAResNet_Succeeds() => CommandRun.Json(
        "fit --model resnet-8 --device reference --input-size 8 --memory-budget 4MiB --batch-size 2 --deepest");

    [TestCase("resnet-8")]
    [TestCase("stochastic-resnet-8")]
    [TestCase("preact-resnet-11", "--survival-rate", "0.6")]
    [TestCase("resnet-8", "--deep-supervision", "0.3")]
    public void TrainEvalAndPredict_OfAResNet_GiveTheSameOnBothBackends(string model, params string[] flags)
    {
        using TemporaryFolder folder = new();
        string data = TinyCifar.Write(folder.File("data")), run = folder.File("run");
        CommandRun.Of([
            "train", "--model", model, .. Tiny, .. flags, "--data", data, "--batch-size", "20", "--epochs", "1",
            "--output-dir", run]).AssertSucceeds();
        string input = folder.File("input.safetensors");
        float[] pixels = [.. Enumerable.Range(0, 3 * 32 * 32 * 2).Select(i => (float)Math.Sin(i))];
        SafetensorsFile.Write(input, [SafetensorsTensor.Create("input", [2, 3, 32, 32], pixels)]);
        CommandRun eval = CommandRun.Of("eval", "--weights", run, "--data", data, "--device", "reference", "--json");
        eval.AssertSucceeds();
        double[] Logits(string device)
        {
            string logits = folder.File($"{device}.safetensors");
            CommandRun.Of("predict", input, "--weights", run, "--device", device, "--output", logits).AssertSucceeds();
            return SafetensorsFile.Read(logits).Tensors["logits"].ToDoubles();
        }

        Assert.That(NetworkStep.RelativeError(Logits("cpu"), Logits("reference")), Is.LessThan(1e-4));
        CommandRun.Of("export", "--weights", run, "--output", folder.File("model.onnx"))
            .AssertFails(ExitCode.Usage, "--output: expected a .safetensors file", "DenseNets alone, found model");
        Assert.That(File.Exists(folder.File("model.onnx")), Is.False);
    }

    /// <summary>The recipe is of the network that flags make of the name, as a run that goes on knows it.</summary>
    [Test]
    public void Train_OfAResNetWithDroppedUnits_GoesOnWithItsRecipeBitForBit()
    {
        using TemporaryFolder folder = new();
        string data = TinyCifar.Write(folder.File("data"));
        CommandRun Train(string run, string steps) => CommandRun.Of([
            "train", "--model", "resnet-8", "--survival-rate", "0.5", .. Tiny, "--data", data, "--batch-size", "4",
            "--output-dir", folder.File(run), "--max-steps", steps]);
        Train("whole", "6").AssertSucceeds();
        Train("parts", "3").AssertSucceeds();
        string began = Recipe("parts");
        CommandRun.Of("train", "--resume", folder.File("parts"), "--max-steps", "6").AssertSucceeds();
        Assert.That(began, Is.EqualTo("stochastic-depth 500"));
        Assert.That(Recipe("parts"), Is.EqualTo(began));
        Assert.That(
            File.ReadAllBytes(folder.File("parts/model.safetensors")),
            Is.EqualTo(File.ReadAllBytes(folder.File("whole/model.safetensors"))));

        string Recipe(string run)
        {
            JsonElement arguments = JsonDocument.Parse(File.ReadAllText(folder.File($"{run}/args.json")))
                .RootElement.GetProperty("arguments");
            return $"{arguments.GetProperty("recipe").GetProperty("value")} "
                + $"{arguments.GetProperty("epochs").GetProperty("value")}";
        }
    }

    /// <summary>The main path alone, so the file is as long as that of the network without heads.</summary>
    [Test]
    public void Export_OfADenseNetWithHeads_HasNone()
    {
        using TemporaryFolder folder = new();
        string data = TinyCifar.Write(folder.File("data"));
        long BytesOf(string weight)
        {
            string run = folder.File($"run{weight}"), onnx = folder.File($"{weight}.onnx");
            CommandRun.Of([
                "train", .. CommandRun.TinyModel, "--data", data, "--batch-size", "20", "--epochs", "1",
                "--deep-supervision", weight, "--output-dir", run]).AssertSucceeds();
            CommandRun.Of("export", "--weights", run, "--output", onnx).AssertSucceeds();
            Assert.That(File.ReadAllText(onnx), Does.Not.Contain("heads."));
            return new FileInfo(onnx).Length;
        }

        Assert.That(BytesOf("0.5"), Is.EqualTo(BytesOf("0")));
    }
}
