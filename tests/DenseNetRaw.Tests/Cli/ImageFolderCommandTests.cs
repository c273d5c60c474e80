using System.Text.Json;
using DenseNetRaw.Cli;
using DenseNetRaw.Tests.Data;
using DenseNetRaw.Tests.Data.Images;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

/// <summary><c>train</c>, <c>eval</c> and <c>predict</c> on folders of images.</summary>
public sealed class ImageFolderCommandTests
{
    private TemporaryFolder _temporary = null!;

    private string Weights => _temporary.File("run/model.safetensors");

    [OneTimeSetUp]
    public void Train()
    {
        _temporary = new TemporaryFolder();
        ImageFolderTests.WriteSet(_temporary, each: 6);
        Train("run", "--input-size", "16").AssertSucceeds();
    }

    [OneTimeTearDown]
    public void DeleteData() => _temporary.Dispose();

    [Test]
    public void Train_OnImageFolders_NamesTheirClassesAndTakesTheSizeAskedFor()
    {
        JsonElement arguments = JsonDocument.Parse(File.ReadAllText(_temporary.File("run/args.json"))).RootElement;
        Assert.That(arguments.GetProperty("data").GetProperty("classNames").GetRawText().Replace(
            " ", "").ReplaceLineEndings(""), Is.EqualTo("[\"a\",\"b\"]"));
        JsonElement values = arguments.GetProperty("arguments");
        Assert.That(values.GetProperty("input-size").GetProperty("value").EnumerateArray().Select(
            side => side.GetInt32()), Is.EqualTo(new[] { 16, 16 }));
        Assert.That(values.GetProperty("mean").GetProperty("value")[0].GetSingle(), Is.EqualTo(0.485f));
    }

    [Test]
    public void Train_Again_GivesTheSameNumbers()
    {
        Train("again", "--input-size", "16").AssertSucceeds();
        Train("other", "--input-size", "16", "--seed", "2").AssertSucceeds();
        Assert.That(Losses("again"), Is.EqualTo(Losses("run")));
        Assert.That(Losses("other"), Is.Not.EqualTo(Losses("run")));
    }

    [Test]
    public void Train_FromWeights_TakesTheirInputSize() => Train("more", "--init", Weights).AssertSucceeds();

    [TestCase("0")]
    [TestCase("1,2,3")]
    [TestCase("9000")]
    public void Train_OfAnImpossibleInputSize_IsWrongUsage(string size) =>
        Train("x", "--input-size", size).AssertFails(
            ExitCode.Usage, "--input-size must be rows and columns from 1 to 8192");

    [Test]
    public void Train_WhenAFileCannotBeDecoded_NamesItAndReturns3()
    {
        using TemporaryFolder folder = new();
        ImageFolderTests.WriteSet(folder, each: 6);
        File.WriteAllText(folder.File("train/b/3.png"), "text");
        CommandRun run = CommandRun.Of([
            "train", .. CommandRun.TinyModel, "--data", folder.FullName, "--input-size", "16", "--epochs", "1",
            "--batch-size", "4", "--output-dir", folder.File("run")]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.BadData));
        Assert.That(run.Error, Does.Contain("; --corrupt-images skip goes without such files"));
        Assert.That(
            run.Error, Does.StartWith($"densenet: {folder.File("train/b/3.png")}: expected a PNG or JPEG file"));
    }

    [Test]
    public void Train_OfFilesThatAreDamaged_NamesThemBeforeItMakesTheRunFolder()
    {
        using TemporaryFolder folder = new();
        ImageFolderTests.WriteSet(folder, each: 9);
        byte[] jpeg = File.ReadAllBytes(GoldenImages.PathOf("444.jpg"));
        byte[] png = File.ReadAllBytes(folder.File("train/a/1.png"));
        File.WriteAllBytes(folder.File("train/a/good.jpg"), [.. jpeg, 0, 0]);
        File.WriteAllBytes(folder.File("train/a/1.png"), png[..^10]);
        png[^30] ^= 1;
        File.WriteAllBytes(folder.File("train/a/2.png"), png);
        File.WriteAllBytes(folder.File("train/b/3.jpg"), jpeg[..^40]);
        File.WriteAllBytes(folder.File("train/b/4.jpg"), jpeg[..20]);
        File.WriteAllBytes(folder.File("train/b/5.png"), []);
        File.WriteAllText(folder.File("train/b/6.png"), "text");
        CommandRun run = CommandRun.Of([
            "train", .. CommandRun.TinyModel, "--data", folder.FullName, "--input-size", "16", "--epochs", "1",
            "--batch-size", "4", "--output-dir", folder.File("run")]);
        run.AssertFails(
            ExitCode.BadData, "densenet: 6 of 21 image files cannot be used, the first 5:",
            $"{folder.File("train/a/1.png")}: expected", $"{folder.File("train/a/2.png")}: expected",
            $"{folder.File("train/b/3.jpg")}: expected a JPEG image up to its end marker",
            $"{folder.File("train/b/4.jpg")}: expected a JPEG image's size",
            $"{folder.File("train/b/5.png")}: expected a PNG or JPEG file, found an empty file");
        Assert.That(Directory.Exists(folder.File("run")), Is.False);
    }

    /// <summary>
    /// One file has no end; another passes every cheap look, as its checksums fit what cannot be inflated.
    /// </summary>
    [Test]
    public void TrainAndEval_ThatSkipWhatCannotBeDecoded_GoWithoutAndSayHowMany()
    {
        using TemporaryFolder folder = new();
        ImageFolderTests.WriteSet(folder, each: 6);
        string[] damaged = [folder.File("train/a/1.png"), folder.File("train/b/3.png")];
        File.WriteAllText(damaged[0], "text");
        File.WriteAllBytes(damaged[1], PngDecoderTests.Png(4, 4, bits: 8, color: 2, data: [1, 2, 3]));
        CommandRun Train(string run) => CommandRun.Of([
            "train", .. CommandRun.TinyModel, "--data", folder.FullName, "--input-size", "16", "--epochs", "1",
            "--batch-size", "4", "--corrupt-images", "skip", "--output-dir", folder.File(run)]);
        CommandRun first = Train("run");
        first.AssertSucceeds();
        Assert.That(first.Error, Does.StartWith($"densenet: left out: 2 of 12 image files cannot be used: {damaged[0]}")
            .And.Contain(damaged[1]));
        JsonElement arguments = JsonDocument.Parse(File.ReadAllText(folder.File("run/args.json"))).RootElement;
        Assert.That(arguments.GetProperty("data").GetProperty("trainingImages").GetInt32(), Is.EqualTo(10));

        // As if they were not there.
        Array.ForEach(damaged, File.Delete);
        CommandRun without = Train("without");
        Assert.That(without.Error, Is.Empty);
        Assert.That(
            File.ReadAllBytes(folder.File("run/model.safetensors")),
            Is.EqualTo(File.ReadAllBytes(folder.File("without/model.safetensors"))));

        File.WriteAllText(folder.File("val/a/z.png"), "text");
        CommandRun Eval(string corrupt) => CommandRun.Of(
            "eval", "--weights", folder.File("run"), "--data", folder.FullName, "--device", "reference",
            "--corrupt-images", corrupt, "--json");
        CommandRun skipped = Eval("skip");
        skipped.AssertSucceeds();
        Assert.That(skipped.Error, Does.StartWith("densenet: left out: 1 of 3 image files"));
        Assert.That(JsonDocument.Parse(skipped.Output).RootElement.GetProperty("images").GetInt32(), Is.EqualTo(2));
        Eval("fail").AssertFails(ExitCode.BadData, $"{folder.File("val/a/z.png")}: expected a PNG or JPEG file");
        File.Delete(folder.File("val/a/0.png"));
        Eval("skip").AssertFails(
            ExitCode.BadData, "expected", "test images of 'a' that can be decoded, found none: 1 of 2 image files");
        Eval("warn").AssertFails(ExitCode.Usage, "--corrupt-images: expected fail or skip, found 'warn'");
    }

    /// <summary>Its checksums fit what cannot be inflated: it passes the look before the first step.</summary>
    [Test]
    public void Train_ThatMeetsADamagedImage_SaysHowToGoWithout()
    {
        using TemporaryFolder folder = new();
        ImageFolderTests.WriteSet(folder, each: 6);
        string damaged = folder.File("train/b/3.png");
        File.WriteAllBytes(damaged, PngDecoderTests.Png(4, 4, bits: 8, color: 2, data: [1, 2, 3]));
        CommandRun run = CommandRun.Of([
            "train", .. CommandRun.TinyModel, "--data", folder.FullName, "--input-size", "16", "--epochs", "1",
            "--batch-size", "4", "--output-dir", folder.File("run")]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.BadData), run.Error);
        Assert.That(run.Error, Does.Contain(damaged).And.Contain("; --corrupt-images skip goes without such files"));
    }

    [Test]
    public void Commands_ThatSkipFilesOfOtherData_AreWrongUsage()
    {
        const string Sentence = "--corrupt-images skip: expected with image folders alone";
        string cifar = TinyCifar.Write(_temporary.File("cifar"));
        foreach (string data in new[] { "synthetic", cifar })
        {
            CommandRun.Of([
                "train", .. CommandRun.TinyModel, "--data", data, "--corrupt-images", "skip",
                "--output-dir", _temporary.File("never")]).AssertFails(ExitCode.Usage, Sentence);
        }

        CommandRun.Of(
            "eval", "--weights", Weights, "--data", cifar, "--device", "reference", "--corrupt-images", "skip")
            .AssertFails(ExitCode.Usage, Sentence);
    }

    [Test]
    public void Train_OfFewerImagesThanTheDefaultBatch_SaysThatItIsTheDefault() => CommandRun.Of([
        "train", .. CommandRun.TinyModel, "--data", _temporary.FullName, "--input-size", "16", "--epochs", "1",
        "--output-dir", _temporary.File("few")]).AssertFails(
            ExitCode.Usage, "--batch-size: the default of 64 is more than the 12 images of", "; give --batch-size");

    [Test]
    public void Eval_OfTheRun_GivesItsLastEpoch()
    {
        CommandRun run = CommandRun.Of(
            "eval", "--weights", Weights, "--data", _temporary.FullName, "--device", "reference", "--json");
        run.AssertSucceeds();
        double loss = JsonDocument.Parse(run.Output).RootElement.GetProperty("loss").GetDouble();
        JsonElement epoch = JsonDocument.Parse(File.ReadLines(_temporary.File("run/metrics.jsonl")).Last()).RootElement;
        Assert.That(loss, Is.EqualTo(epoch.GetProperty("testLoss").GetDouble()).Within(1e-5));
    }

    [Test]
    public void Eval_OfFoldersWithOtherNames_WarnsOfTheFirst()
    {
        string renamed = _temporary.File("renamed");
        foreach (string part in new[] { "train", "val" })
        {
            foreach ((string from, string to) in new[] { ("a", "a"), ("b", "xb") })
            {
                Directory.CreateDirectory(Path.Combine(renamed, part, to));
                foreach (string file in Directory.GetFiles(_temporary.File($"{part}/{from}")))
                    File.Copy(file, Path.Combine(renamed, part, to, Path.GetFileName(file)));
            }
        }

        CommandRun run = CommandRun.Of("eval", "--weights", Weights, "--data", renamed, "--device", "reference");
        run.AssertSucceeds();
        Assert.That(
            run.Error.TrimEnd(),
            Is.EqualTo(
                $"warning: expected class 1 'b' from the weights, found 'xb' in {renamed}; "
                + "classes are compared by number"));
        Assert.That(run.Output.TrimEnd(), Does.EndWith(" images of renamed test images"));
    }

    [Test]
    public void Predict_OfImageFiles_GivesTheLogitsOfAnEvaluation()
    {
        string[] images = [_temporary.File("val/a/0.png"), _temporary.File("val/b/0.png"),
            _temporary.File("train/a/1.png")];
        CommandRun run = Predict([.. images, "--json", "--batch-size", "2"]);
        run.AssertSucceeds();
        JsonElement[] predictions = [.. JsonDocument.Parse(run.Output).RootElement.GetProperty(
            "predictions").EnumerateArray()];
        Assert.That(predictions.Select(prediction => prediction.GetProperty("file").GetString()), Is.EqualTo(images));

        // The evaluation's loss is the mean of −log of the probability of each test image's class.
        double loss = (Loss(predictions[0], "a") + Loss(predictions[1], "b")) / 2;
        JsonElement epoch = JsonDocument.Parse(File.ReadLines(_temporary.File("run/metrics.jsonl")).Last()).RootElement;
        Assert.That(loss, Is.EqualTo(epoch.GetProperty("testLoss").GetDouble()).Within(1e-4));
    }

    [Test]
    public void Predict_ForPeople_NamesTheFiles() =>
        Assert.That(Predict(GoldenImages.PathOf("grey.png")).Output, Does.Contain("grey.png").And.Contain("%"));

    [Test]
    public void Predict_OfAnotherMean_GivesOtherLogits() => Assert.That(
        Predict(GoldenImages.PathOf("grey.png"), "--mean", "0,0,0", "--json").Output,
        Is.Not.EqualTo(Predict(GoldenImages.PathOf("grey.png"), "--json").Output));

    [Test]
    public void Predict_OfFilesThatCannotBeUsed_SaysWhy()
    {
        Predict("nowhere.png").AssertFails(ExitCode.BadData, "nowhere.png: expected an image file");
        Predict(_temporary.FullName).AssertFails(ExitCode.BadData, "expected an image file, found a folder");
        Predict(_temporary.File("run/args.json")).AssertFails(
            ExitCode.BadData, "args.json: expected a PNG or JPEG file");
        Predict("a.safetensors", "b.png").AssertFails(ExitCode.Usage, "a.safetensors: expected alone");
        Predict("a.safetensors", "--mean", "0,0,0").AssertFails(
            ExitCode.Usage, "--mean and --std: expected with image files");
    }

    private static double Loss(JsonElement prediction, string label) => -Math.Log(
        prediction.GetProperty("top").EnumerateArray()
            .Single(score => score.GetProperty("name").GetString() == label).GetProperty("probability").GetDouble());

    private CommandRun Train(string run, params string[] more) => CommandRun.Of([
        "train", .. CommandRun.TinyModel, "--data", _temporary.FullName, "--epochs", "1", "--batch-size", "4",
        "--output-dir", _temporary.File(run), .. more]);

    private CommandRun Predict(params string[] arguments) =>
        CommandRun.Of(["predict", "--weights", Weights, "--device", "reference", .. arguments]);

    private string[] Losses(string run) =>
        [.. File.ReadLines(_temporary.File($"{run}/metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)
            .Select(line => line.TryGetProperty("loss", out JsonElement loss)
                ? loss.GetRawText() : line.GetProperty("testLoss").GetRawText())];
}
