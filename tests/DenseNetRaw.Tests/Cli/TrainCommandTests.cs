using System.Text.Json;
using System.Text.Json.Nodes;
using DenseNetRaw.Cli;
using DenseNetRaw.Serialization;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

public sealed class TrainCommandTests
{
    private TemporaryFolder _temporary = null!;
    private string _data = null!;

    private string RunFolder => _temporary.File("run");

    [OneTimeSetUp]
    public void WriteData()
    {
        _temporary = new TemporaryFolder();
        _data = TinyCifar.Write(_temporary.File("data"));
        Train(RunFolder).AssertSucceeds();
    }

    [OneTimeTearDown]
    public void DeleteData() => _temporary.Dispose();

    [Test]
    public void Train_Redirected_PrintsLinesAndATable()
    {
        CommandRun run = Train(_temporary.File("redirected"), "--print-freq", "2");
        run.AssertSucceeds();
        Assert.That(
            run.Output,
            Does.Contain("Epoch: [1]  [2/3]  eta: ").And.Contain("  lr: 0.1  img/s: ").And.Contain(" * Acc@1 "));
        Assert.That(run.Output, Does.Contain("Epoch: [2]  [3/3]").And.Not.Contain("[1/3]"));
        Assert.That(
            run.Output,
            Does.Contain("test accuracy").And.Contain("time").And.Contain("MiB")
                .And.Contain(_temporary.File("redirected")));
        Assert.That(run.Output, Does.Not.Contain('\e'));
    }

    [Test]
    public void Train_WithJson_PrintsOneDocumentAndNothingElse()
    {
        CommandRun run = Train(_temporary.File("json"), "--json");
        run.AssertSucceeds();
        JsonElement json = JsonDocument.Parse(run.Output).RootElement;
        Assert.That(json.GetProperty("epochs").GetInt32(), Is.EqualTo(2));
        Assert.That(json.GetProperty("runFolder").GetString(), Is.EqualTo(_temporary.File("json")));
        Assert.That(json.GetProperty("testAccuracy").GetDouble(), Is.InRange(0, 1));
    }

    [Test]
    public void Arguments_OfARun_SayWhereEveryValueCameFrom()
    {
        JsonNode json = JsonNode.Parse(File.ReadAllText(Path.Combine(RunFolder, "args.json")))!;
        JsonNode arguments = json["arguments"]!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(arguments["epochs"]!.ToJsonString(), Is.EqualTo("""{"value":2,"from":"flag"}"""));
            Assert.That(arguments["lr"]!.ToJsonString(), Is.EqualTo("""{"value":0.1,"from":"recipe"}"""));
            Assert.That(arguments["classes"]!.ToJsonString(), Is.EqualTo("""{"value":10,"from":"data"}"""));
            Assert.That(arguments["growth-rate"]!.ToJsonString(), Is.EqualTo("""{"value":2,"from":"model"}"""));
            Assert.That(
                arguments["mean"]!.ToJsonString(),
                Is.EqualTo("""{"value":[0.4914,0.4822,0.4465],"from":"data"}"""));
            Assert.That(json["device"]!["name"]!.GetValue<string>(), Is.EqualTo("reference"));
            Assert.That(json["versions"]!["runtime"]!.GetValue<string>(), Does.StartWith(".NET 10"));
            Assert.That(json.AsObject().ContainsKey("commit"));
        }
    }

    [Test]
    public void Train_TwiceWithOneSeed_GivesTheSameMetrics()
    {
        Train(_temporary.File("again")).AssertSucceeds();
        Assert.That(Numbers(_temporary.File("again")), Is.EqualTo(Numbers(RunFolder)));
        Train(_temporary.File("other"), "--seed", "1").AssertSucceeds();
        Assert.That(Numbers(_temporary.File("other")), Is.Not.EqualTo(Numbers(RunFolder)));
    }

    [Test]
    public void Train_FromWeightsOfARun_NeedsNoModelFlags()
    {
        CommandRun run = CommandRun.Of(
            "train", "--init", Path.Combine(RunFolder, "model.safetensors"), "--data", _data, "--batch-size", "8",
            "--max-steps", "1", "--device", "reference", "--output-dir", _temporary.File("resumed"));
        run.AssertSucceeds();
        Assert.That(run.Output, Does.StartWith("densenet-7-2 on CIFAR-10 training images"));
        JsonNode arguments = JsonNode.Parse(File.ReadAllText(_temporary.File("resumed/args.json")))!["arguments"]!;
        Assert.That(arguments["model"]!.ToJsonString(), Is.EqualTo("""{"value":"densenet-7-2","from":"init"}"""));
        Assert.That(arguments["growth-rate"]!.ToJsonString(), Is.EqualTo("""{"value":2,"from":"init"}"""));
    }

    [Test]
    public void Train_FromWeightsWithDropout_KeepsItsPlaceUnlessToldOtherwise()
    {
        Train(_temporary.File("dropout"), "--drop-rate", "0.2", "--drop-after", "3x3").AssertSucceeds();
        string DropAfter(string folder, params string[] flags)
        {
            CommandRun.Of([
                "train", "--init", _temporary.File("dropout/model.safetensors"), "--data", _data, "--batch-size", "8",
                "--max-steps", "1", "--device", "reference", "--output-dir", _temporary.File(folder), .. flags])
                .AssertSucceeds();
            JsonNode arguments = JsonNode.Parse(
                File.ReadAllText(_temporary.File($"{folder}/args.json")))!["arguments"]!;
            return arguments["drop-after"]!["value"]!.GetValue<string>();
        }

        Assert.Multiple(() =>
        {
            Assert.That(DropAfter("dropout again"), Is.EqualTo("3x3"));
            Assert.That(DropAfter("dropout elsewhere", "--drop-after", "every"), Is.EqualTo("every"));
        });
    }

    /// <summary>
    /// The flags of the reference runs. In float64, where no processor's vectors turn the mask of a ReLU, a tenth of
    /// the weight decay or a hundredth of the learning rate is seen in the second loss.
    /// </summary>
    [Test]
    public void Train_FromPyTorchsWeights_FollowsPyTorchsLosses()
    {
        string shared = SharedFolder.Require(), folder = _temporary.File("pytorch");
        CommandRun.Of(
            "train", "--init", Path.Combine(shared, "reference", "bc22k8.init.safetensors"),
            "--model", "densenet-bc-22-8",
            "--data", Path.Combine(shared, "data", "cifar10-mini"), "--no-shuffle", "--augment", "none",
            "--batch-size", "32", "--max-steps", "2", "--mean", "0.4914,0.4822,0.4465", "--std", "0.2470,0.2435,0.2616",
            "--lr", "0.1", "--device", "reference", "--output-dir", folder).AssertSucceeds();
        double[] expected = [.. Losses(Path.Combine(shared, "reference", "bc22k8.losses64.jsonl")).Take(2)];
        double[] actual = [.. Losses(Path.Combine(folder, "metrics.jsonl")).Take(2)];
        Assert.That(actual, Is.EqualTo(expected).Within(1e-9));
    }

    [Test]
    public void Train_WithValidation_EvaluatesOnImagesHeldOut()
    {
        CommandRun run = Train(_temporary.File("validation"), "--validation", "7");
        run.AssertSucceeds();
        Assert.That(
            run.Output, Does.Contain("13 training and 7 validation images").And.Contain("best validation accuracy"));
    }

    [Test]
    public void Train_WhoseLossOverflows_ExitsWithFive()
    {
        CommandRun run = Train(_temporary.File("overflow"), "--lr", "1e300", "--json");
        Assert.That((run.Code, run.Output), Is.EqualTo((ExitCode.NotANumber, "")));
        Assert.That(run.Error, Does.Contain("densenet: the loss of step"));
        Assert.That(File.Exists(_temporary.File("overflow/model.safetensors")), Is.False);
    }

    [Test]
    public void Train_WhoseFirstLossIsNotANumber_DoesNotBlameTheLearningRate()
    {
        CommandRun run = Train(_temporary.File("wild"), "--mean", "1e38,0,0");
        Assert.That(run.Code, Is.EqualTo(ExitCode.NotANumber));
        Assert.That(run.Error, Does.Contain("the loss of step 1").And.Not.Contain("learning rate"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Train_FromAWeightThatIsNotANumber_ExitsWithFiveAndSavesNothing(bool detectsAnomaly)
    {
        const string Spoilt = "features.conv0.weight";
        string init = _temporary.File($"nan-{detectsAnomaly}.safetensors");
        SafetensorsFile good = SafetensorsFile.Read(Path.Combine(RunFolder, "model.safetensors"));
        SafetensorsFile.Write(
            init,
            good.Tensors.Values.Select(tensor => tensor.Name == Spoilt
                ? SafetensorsTensor.Create(Spoilt, [.. tensor.Shape], [float.NaN, .. tensor.ToSingles()[1..]])
                : tensor),
            good.Metadata);
        string folder = _temporary.File($"run from {Path.GetFileName(init)}");
        string[] detect = detectsAnomaly ? ["--detect-anomaly"] : [];
        CommandRun run = Train(folder, ["--init", init, .. detect]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.NotANumber));
        Assert.That(
            run.Error,
            detectsAnomaly
                ? Does.Contain("densenet: step 1 in epoch 1: forward Convolution of Convolution(images ")
                    .And.Contain($"before the step there was NaN at [0, 0, 0, 0] of {Spoilt}")
                : Does.Contain("of step 1 in epoch 1 should be a finite number, found NaN")
                    .And.Contain("--detect-anomaly"));
        Assert.That(Directory.GetFiles(folder, "*.safetensors"), Is.Empty);
        Assert.That(File.ReadAllText(Path.Combine(folder, "metrics.jsonl")), Is.Empty);
    }

    [Test]
    public void Train_IntoAFolderThatCannotBe_NamesIt()
    {
        string impossible = Path.Combine(RunFolder, "args.json", "run");
        CommandRun run = Train(impossible);
        Assert.That((run.Code, run.Output), Is.EqualTo((ExitCode.Failure, "")));
        Assert.That(run.Error, Does.Contain(impossible).And.Contain("a folder that --output-dir can write to"));
        Train("").AssertFails(ExitCode.Usage, "--output-dir", "name");
    }

    [TestCase(ExitCode.Usage, "batch-size", "0", "--batch-size", "0")]
    [TestCase(ExitCode.Usage, "20", "21", "--batch-size", "21")]
    [TestCase(ExitCode.Usage, "epochs", "0", "--epochs", "0")]
    [TestCase(ExitCode.Usage, "max-steps", "0", "--max-steps", "0")]
    [TestCase(ExitCode.Usage, "momentum", "1", "--momentum", "1")]
    [TestCase(ExitCode.Usage, "print-freq", "0", "--print-freq", "0")]
    [TestCase(ExitCode.Usage, "found 'resnet'", "preact-resnet-L", "--model", "resnet")]
    [TestCase(ExitCode.Usage, "found 8", "3n + 4", "--depth", "8")]
    [TestCase(ExitCode.Usage, "100 classes", "10", "--classes", "100")]
    [TestCase(ExitCode.Usage, "64×64", "32×32", "--input-size", "64")]
    [TestCase(ExitCode.Usage, "mean", "1, 2", "--mean", "1,2")]
    [TestCase(ExitCode.Usage, "--std", "1,x,2", "--std", "1,x,2")]
    [TestCase(ExitCode.Usage, "--lr", "fast", "--lr", "fast")]
    [TestCase(ExitCode.Usage, "--lr", "'0,1'", "--lr", "0,1")]
    [TestCase(ExitCode.Usage, "--drop-rate", "'0,2'", "--drop-rate", "0,2")]
    [TestCase(ExitCode.Usage, "3 values above 0", "1, 0, 1", "--std", "1,0,1")]
    [TestCase(ExitCode.Usage, "--fast", "", "--fast")]
    [TestCase(ExitCode.Usage, "memory", "'tiny'", "--memory", "tiny")]
    [TestCase(ExitCode.Usage, "below 20", "found 20", "--validation", "20")]
    [TestCase(ExitCode.BadData, "no-such-folder", "folder", "--data", "no-such-folder")]
    [TestCase(ExitCode.BadData, "no-such-file", "safetensors", "--init", "no-such-file")]
    public void Train_WithAWrongFlag_SaysSoAndLeavesNothing(
        int exitCode, string word, string other, params string[] flags)
    {
        string folder = _temporary.File($"wrong{flags[0]}-{flags.ElementAtOrDefault(1)}");
        Train(folder, flags).AssertFails(exitCode, word, other);
        Assert.That(Directory.Exists(folder), Is.False);
    }

    [TestCase(100, "100 bytes")]
    [TestCase(3073 * 2 + 1, "2 records and 1 bytes")]
    [TestCase(0, "0 bytes")]
    public void Train_OnAFileOfAWrongLength_NamesIt(int bytes, string found)
    {
        string folder = TinyCifar.Write(_temporary.File($"data-{bytes}"));
        string file = Path.Combine(folder, "data_batch_1.bin");
        File.WriteAllBytes(file, TinyCifar.Records(3, seed: 1)[..bytes]);
        Train(_temporary.File("never"), "--data", folder).AssertFails(ExitCode.BadData, file, found);
        Assert.That(Directory.Exists(_temporary.File("never")), Is.False);
    }

    [Test]
    public void Train_OnALabelOutOfRange_NamesTheRecord()
    {
        string folder = TinyCifar.Write(_temporary.File("data-label"));
        byte[] records = TinyCifar.Records(3, seed: 1);
        records[3073] = 10;
        File.WriteAllBytes(Path.Combine(folder, "test_batch.bin"), records);
        Train(_temporary.File("never"), "--data", folder).AssertFails(
            ExitCode.BadData, "test_batch.bin", "found 10", "record 1");
    }

    [Test]
    public void Train_FromWeightsThatDoNotFit_NamesTheKeys()
    {
        CommandRun run = Train(
            _temporary.File("never"), "--init", Path.Combine(RunFolder, "model.safetensors"), "--growth-rate", "3");
        run.AssertFails(
            ExitCode.BadData, "model.safetensors", "misshapen features.denseblock1.denselayer1.conv1.weight",
            "[3, 2, 3, 3]", "[2, 2, 3, 3]");
        Assert.That(Directory.Exists(_temporary.File("never")), Is.False);
    }

    [Test]
    public void Train_IntoAFolderInUse_Refuses() =>
        Train(RunFolder).AssertFails(ExitCode.Usage, RunFolder, "new or empty folder");

    [Test]
    public void Train_WithMoreMemoryThanThereIs_SaysBothNumbers() => CommandRun.Of(
        "train", "--model", "densenet-bc-100-40", "--device", "reference", "--batch-size", "5000",
        "--output-dir", _temporary.File("never"))
        .AssertFails(ExitCode.OutOfMemory, "slab needs", "the reference device can give", "--memory auto fits");

    /// <summary>
    /// Two epochs of three steps, with flags added, or the first of them in place of one that is there.
    /// </summary>
    private CommandRun Train(string folder, params string[] flags)
    {
        List<string> arguments =
            [
                "train", .. CommandRun.TinyModel, "--data", _data, "--batch-size", "8", "--epochs", "2",
                "--output-dir", folder,
            ];
        if (flags.Length > 0 && arguments.IndexOf(flags[0]) is int at and >= 0)
            arguments.RemoveRange(at, 2);
        return CommandRun.Of([.. arguments, .. flags]);
    }

    private static IEnumerable<double> Losses(string path) => File.ReadLines(path)
        .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("loss").GetDouble());

    /// <summary>The metrics without what depends on the clock.</summary>
    private static IEnumerable<string> Numbers(string folder) =>
        File.ReadLines(Path.Combine(folder, "metrics.jsonl")).Select(line =>
        {
            JsonObject json = JsonNode.Parse(line)!.AsObject();
            json.Remove("milliseconds");
            json.Remove("imagesPerSecond");
            return json.ToJsonString();
        });
}
