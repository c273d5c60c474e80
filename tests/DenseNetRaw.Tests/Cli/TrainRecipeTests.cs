using System.Text.Json;
using System.Text.Json.Nodes;
using DenseNetRaw.Cli;
using DenseNetRaw.Serialization;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

/// <summary>Flags of the recipe change what they name.</summary>
public sealed class TrainRecipeTests
{
    [Test]
    public void Train_WithACosine_LowersTheLearningRateAsOne()
    {
        using TemporaryFolder folder = new();
        string run = Train(folder, "cosine", "--epochs", "2", "--lr", "0.2", "--lr-scheduler", "cosine");
        Assert.That(Rates(run), Is.EqualTo(new[] { 0.2, 0.1 }).Within(1e-12));
    }

    [Test]
    public void Train_WithMilestonesAndWarmUp_GoesByThem()
    {
        using TemporaryFolder folder = new();
        string run = Train(folder, "steps", "--epochs", "3", "--lr-milestones", "2", "--lr-warmup-epochs", "1");
        Assert.That(Rates(run), Is.EqualTo(new[] { 0.01, 0.1, 0.01 }).Within(1e-12));
    }

    [Test]
    public void Train_WithARecipe_TakesWhatNoFlagSaysFromIt()
    {
        using TemporaryFolder folder = new();
        string run = Train(folder, "resnet", "--recipe", "resnet-110", "--epochs", "2", "--momentum", "0.8");
        JsonNode arguments = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "args.json")))!["arguments"]!;
        (string Name, string Value)[] expected =
        [
            ("recipe", """{"value":"resnet-110","from":"flag"}"""), ("epochs", """{"value":2,"from":"flag"}"""),
            ("lr", """{"value":0.1,"from":"recipe"}"""), ("lr-milestones", """{"value":[1,2],"from":"recipe"}"""),
            ("lr-warmup-epochs", """{"value":1,"from":"recipe"}"""), ("momentum", """{"value":0.8,"from":"flag"}"""),
            ("no-nesterov", """{"value":false,"from":"recipe"}"""), ("wd", """{"value":0.0001,"from":"recipe"}"""),
        ];
        foreach ((string name, string value) in expected)
            Assert.That(arguments[name]!.ToJsonString(), Is.EqualTo(value), name);
        Assert.That(Rates(run), Is.EqualTo(new[] { 0.01, 0.01 }).Within(1e-12));
    }

    /// <summary>From rest, plain momentum steps lr · gradient, Nesterov's (1 + momentum) times that.</summary>
    [Test]
    public void Train_WithoutNesterov_MakesAShorterFirstStep()
    {
        using TemporaryFolder folder = new();
        float[] Gamma(string name, params IEnumerable<string> flags) => SafetensorsFile.Read(
            Path.Combine(Train(folder, name, ["--epochs", "1", "--wd", "0", .. flags]), "model.safetensors"))
            .Tensors["features.norm_final.weight"].ToSingles();
        double[] Steps(float[] gamma) => [.. gamma.Select(value => 1.0 - value)];
        double[] nesterov = Steps(Gamma("nesterov")), plain = Steps(Gamma("plain", "--no-nesterov"));
        Assert.That(nesterov, Is.EqualTo(plain.Select(step => 1.9 * step)).Within(1e-6));
    }

    [TestCase("--recipe resnt", "--recipe: expected densenet", "did you mean 'resnet'?")]
    [TestCase("--lr-milestones 5,3", "--lr-milestones must be epochs in rising order, here at least 5, found 3")]
    [TestCase("--lr-milestones 0", "--lr-milestones must be", "at least 1, found 0")]
    [TestCase("--lr-milestones 5;3", "--lr-milestones: expected whole numbers", "5;3")]
    [TestCase(
        "--lr-milestones 5 --lr-scheduler cosine", "--lr-milestones: of --lr-scheduler multistep alone", "cosine")]
    [TestCase("--epochs 4 --lr-milestones 2,4", "--lr-milestones must be below --epochs, 4, to act, found 4")]
    [TestCase("--epochs 4 --lr-warmup-epochs 5", "--lr-warmup-epochs must be below --epochs, 4, to act, found 5")]
    [TestCase("--lr-warmup-epochs -1", "--lr-warmup-epochs must be at least 0, found -1")]
    [TestCase("--max-minutes 0", "--max-minutes must be above 0")]
    public void Train_WithAnImpossibleRecipe_IsOneSentenceAndUsage(string flags, params string[] words) =>
        CommandRun.Of($"train {flags}").AssertFails(ExitCode.Usage, words);

    [Test]
    public void Train_WhoseMinutesAreOver_StopsWithACheckpointAndSuccess()
    {
        using TemporaryFolder folder = new();
        string run = Train(folder, "limited", "--epochs", "1000000", "--max-minutes", "0.002");
        Assert.That(Directory.GetDirectories(Path.Combine(run, "checkpoints")), Is.Not.Empty);
        CommandRun.Of("train", "--resume", run, "--max-minutes", "0.001").AssertSucceeds();
    }

    /// <summary>One step of Nesterov from rest: weights end lower by lr · (1 + momentum) · wd of themselves.</summary>
    [Test]
    public void Train_WithWeightDecay_EndsWithSmallerWeights()
    {
        const double LearningRate = 0.1, Momentum = 0.9, Decay = 0.5;
        using TemporaryFolder folder = new();
        float[] Gamma(string wd) => SafetensorsFile.Read(
            Path.Combine(Train(folder, wd, "--epochs", "1", "--lr", "0.1", "--wd", wd), "model.safetensors"))
            .Tensors["features.norm_final.weight"].ToSingles();
        float[] without = Gamma("0"), with = Gamma("0.5");
        double lower = LearningRate * (1 + Momentum) * Decay; // gamma was 1
        Assert.That(with, Is.EqualTo(without.Select(gamma => (float)(gamma - lower))).Within(1e-6));
    }

    private static double[] Rates(string run) =>
    [
        .. File.ReadLines(Path.Combine(run, "metrics.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("kind").GetString() == "step")
            .Select(step => step.GetProperty("lr").GetDouble()),
    ];

    private static string Train(TemporaryFolder folder, string name, params IEnumerable<string> flags)
    {
        string run = folder.File(name);
        CommandRun.Of([
            "train", .. CommandRun.TinyModel, "--data", TinyCifar.Write(folder.File("data")), "--batch-size", "20",
            "--output-dir", run, .. flags]).AssertSucceeds();
        return run;
    }
}
