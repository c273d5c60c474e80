using System.Text.Json;
using DenseNetRaw.Cli;
using DenseNetRaw.Serialization;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

/// <summary><c>eval</c> and <c>predict</c> on the weights of a run.</summary>
public sealed class WeightsCommandTests
{
    private TemporaryFolder _temporary = null!;
    private string _data = null!;

    private string Weights => _temporary.File("run/model.safetensors");

    [OneTimeSetUp]
    public void Train()
    {
        _temporary = new TemporaryFolder();
        _data = TinyCifar.Write(_temporary.File("data"));
        CommandRun.Of([
            "train", .. CommandRun.TinyModel, "--data", _data, "--batch-size", "8", "--epochs", "1",
            "--mean", "0.4,0.5,0.6",
            "--output-dir", _temporary.File("run")]).AssertSucceeds();
    }

    [OneTimeTearDown]
    public void DeleteData() => _temporary.Dispose();

    [Test]
    public void Eval_OfARun_GivesItsLastEpoch()
    {
        JsonElement epoch = JsonDocument.Parse(File.ReadLines(_temporary.File("run/metrics.jsonl")).Last()).RootElement;
        JsonElement json = Eval("--json");
        Assert.That(
            json.EnumerateObject().Select(property => property.Name),
            Is.EqualTo(new[] { "loss", "accuracy", "images", "data" }));

        // The file holds 32 bits of the reference device's 64.
        Assert.That(
            json.GetProperty("loss").GetDouble(), Is.EqualTo(epoch.GetProperty("testLoss").GetDouble()).Within(1e-5));
        Assert.That(
            json.GetProperty("accuracy").GetDouble(), Is.EqualTo(epoch.GetProperty("testAccuracy").GetDouble()));
        Assert.That(json.GetProperty("images").GetInt32(), Is.EqualTo(TinyCifar.TestImages));
        Assert.That(json.GetProperty("data").GetString(), Is.EqualTo("CIFAR-10 test images"));
    }

    [Test]
    public void Eval_OfTheTrainingImages_TakesAllOfThem() =>
        Assert.That(
            Eval("--split", "train", "--json").GetProperty("images").GetInt32(), Is.EqualTo(TinyCifar.TrainingImages));

    [Test]
    public void Eval_WithAnotherMean_GivesAnotherLoss() => Assert.That(
        Eval("--mean", "0,0,0", "--json").GetProperty("loss").GetDouble(),
        Is.Not.EqualTo(Eval("--json").GetProperty("loss").GetDouble()).Within(1e-5));

    [Test]
    public void Eval_ForPeople_IsASentence() => Assert.That(
        Of("eval", "--data", _data).Output, Does.StartWith("loss ").And.Contain("accuracy").And.Contain("11 images"));

    [Test]
    public void Eval_OfOtherClassesThanTheWeightsName_WarnsOfTheFirst()
    {
        CommandRun own = Of("eval", "--data", _data), other = Of("eval", "--batch-size", "250");
        foreach (CommandRun run in new[] { own, other })
            run.AssertSucceeds();
        Assert.That(own.Error, Is.Empty);
        Assert.That(
            other.Error.TrimEnd(),
            Does.Match(
                "^warning: expected class 0 'airplane' from the weights, found '[a-z ]+' in synthetic; "
                + "classes are compared by number$"));
        Assert.That(other.Output, Does.Contain("images of synthetic"));
    }

    [TestCase("--mean", "1,2", "--mean: mean should be 3 finite values, found 1, 2")]
    [TestCase("--std", "0,0,0", "--std: standard deviation should be 3 values above 0, found 0, 0, 0")]
    public void Eval_WithAnImpossibleNormalization_NamesTheFlag(string flag, string value, string sentence) =>
        Of("eval", "--data", _data, flag, value).AssertFails(ExitCode.Usage, sentence);

    [Test]
    public void Eval_WithAModelThatDoesNotFit_NamesTheKeys() =>
        Of("eval", "--data", _data, "--model", "densenet-7-3").AssertFails(
            ExitCode.BadData, Weights, "misshapen features.conv0.weight");

    [Test]
    public void Eval_OfWeightsThatNameNoModel_AsksForOne()
    {
        string foreign = _temporary.File("foreign.safetensors");
        SafetensorsFile.Write(foreign, SafetensorsFile.Read(Weights).Tensors.Values);
        CommandRun.Of("eval", "--weights", foreign, "--data", _data).AssertFails(ExitCode.Usage, foreign, "--model");
        CommandRun.Of(["eval", "--weights", foreign, "--data", _data, .. CommandRun.TinyModel]).AssertSucceeds();
    }

    [Test]
    public void Predict_WritesLogitsWhoseLargestComeFirst()
    {
        string input = WriteInput(3, 32), output = _temporary.File("logits.safetensors");
        CommandRun run = Of("predict", input, "--output", output, "--json");
        run.AssertSucceeds();
        SafetensorsTensor logits = SafetensorsFile.Read(output).Tensors["logits"];
        Assert.That(logits.Shape, Is.EqualTo(new long[] { 3, 10 }));
        JsonElement predictions = JsonDocument.Parse(run.Output).RootElement.GetProperty("predictions");
        Assert.That(predictions.GetArrayLength(), Is.EqualTo(3));
        float[] second = logits.ToSingles()[10..20];
        JsonElement top = predictions[1].GetProperty("top");
        Assert.That(top.GetArrayLength(), Is.EqualTo(5));
        Assert.That(top[0].GetProperty("class").GetInt32(), Is.EqualTo(second.IndexOf(second.Max())));
        Assert.That(top[0].GetProperty("logit").GetSingle(), Is.EqualTo(second.Max()));
        string[] names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
        Assert.That(top[0].GetProperty("name").GetString(), Is.EqualTo(names[top[0].GetProperty("class").GetInt32()]));
    }

    [Test]
    public void Predict_OfImagesOfAnotherSize_TakesThatSize() =>
        Of("predict", WriteInput(2, 16), "--json").AssertSucceeds();

    [Test]
    public void Predict_OfMoreImagesThanABatch_GivesEachItsOwnLogits()
    {
        string input = WriteInput(70, 8);
        string output = _temporary.File("many.safetensors"), part = _temporary.File("part.safetensors");
        Of("predict", input, "--output", output).AssertSucceeds();
        float[] pixels = SafetensorsFile.Read(input).Tensors["input"].ToSingles();
        string last = _temporary.File("last.safetensors");
        SafetensorsFile.Write(last, [SafetensorsTensor.Create("input", [1, 3, 8, 8], pixels.AsSpan(69 * 192, 192))]);
        Of("predict", last, "--output", part).AssertSucceeds();
        Assert.That(
            SafetensorsFile.Read(part).Tensors["logits"].ToSingles(),
            Is.EqualTo(SafetensorsFile.Read(output).Tensors["logits"].ToSingles()[690..]).Within(1e-6));
    }

    [Test]
    public void Predict_OfAnImageFileThatIsNotThere_NamesIt() =>
        Of("predict", "cat.png").AssertFails(ExitCode.BadData, "cat.png", "found no such file");

    [TestCase("device", ".safetensors")]
    [TestCase("no-such-folder/logits.safetensors", "folder that exists")]
    [TestCase("", ".safetensors")]
    public void Predict_IntoWhatIsNoWeightsFile_LeavesItAlone(string output, string expected)
    {
        string file = output.Length == 0 ? output : _temporary.File(output);
        if (output == "device")
            File.WriteAllText(file, "not to be replaced");
        Of("predict", "input.safetensors", "--output", file).AssertFails(ExitCode.Usage, "--output", expected);
        Assert.That(File.Exists(file), Is.EqualTo(output == "device"));
        if (output == "device")
            Assert.That(File.ReadAllText(file), Is.EqualTo("not to be replaced"));
    }

    [Test]
    public void Predict_WithoutInput_NamesWhatIsThere() =>
        Of("predict", Weights).AssertFails(ExitCode.BadData, Weights, "'input'");

    [TestCase("bc22k8", "densenet-bc-22-8")]
    [TestCase("d13k6", "densenet-13-6")]
    public void Predict_WithPyTorchsWeights_GivesPyTorchsLogits(string run, string model)
    {
        string reference = SharedFolder.Require("reference"), output = _temporary.File($"{run}.safetensors");
        string input = Path.Combine(reference, $"{run}.final_logits.safetensors");
        CommandRun.Of(
            "predict", input, "--weights", Path.Combine(reference, $"{run}.final.safetensors"), "--model", model,
            "--device", "reference", "--output", output).AssertSucceeds();

        // PyTorch computed them in 32 bits.
        Assert.That(
            SafetensorsFile.Read(output).Tensors["logits"].ToSingles(),
            Is.EqualTo(SafetensorsFile.Read(input).Tensors["logits"].ToSingles()).Within(1e-4));
    }

    private CommandRun Of(string command, params IEnumerable<string> flags) =>
        CommandRun.Of([command, .. flags, "--weights", Weights, "--device", "reference"]);

    private JsonElement Eval(params IEnumerable<string> flags)
    {
        CommandRun run = Of("eval", ["--data", _data, .. flags]);
        run.AssertSucceeds();
        return JsonDocument.Parse(run.Output).RootElement;
    }

    private string WriteInput(int images, int side)
    {
        float[] pixels = new float[images * 3 * side * side];
        Random random = new(images);
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = random.NextSingle() - 0.5f;
        string path = _temporary.File($"input-{images}.safetensors");
        SafetensorsFile.Write(path, [SafetensorsTensor.Create("input", [images, 3, side, side], pixels)]);
        return path;
    }
}
