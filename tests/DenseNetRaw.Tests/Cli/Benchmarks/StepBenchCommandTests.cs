using System.Text.Json;
using DenseNetRaw.Backends;
using DenseNetRaw.Cli;
using DenseNetRaw.Cli.Benchmarks;
using DenseNetRaw.Tests.Cuda;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli.Benchmarks;

public sealed class StepBenchCommandTests
{
    private const string Tiny =
        "bench step --model densenet-7-2 --initial-channels 2 --batch-size 2 --steps 2 --warm-up 1 --threads 2";

    private static readonly string[] DocumentKeys =
        ["date", "commit", "command", "machine", "loadAverage", "limits", "settings", "results"];

    private static readonly string[] ReliedUpon =
    [
        "mode", "model", "batchSize", "device", "threads", "memory", "milliseconds", "imagesPerSecond", "peakBytes",
        "shareOfLimit",
    ];

    [Test]
    public void Step_AsJson_HasTheKeysThatScriptsRelyOn()
    {
        JsonElement document = CommandRun.Json($"{Tiny} --device cpu");
        JsonElement result = document.GetProperty("results")[0];
        Assert.Multiple(() =>
        {
            Assert.That(document.EnumerateObject().Select(p => p.Name), Is.EquivalentTo(DocumentKeys));
            Assert.That(result.EnumerateObject().Select(p => p.Name), Is.SupersetOf(ReliedUpon));
            Assert.That(result.GetProperty("device").GetString(), Is.EqualTo("cpu"));
            Assert.That(result.GetProperty("threads").GetInt32(), Is.EqualTo(2));
            Assert.That(result.GetProperty("memory").GetString(), Is.EqualTo("slab"));
            foreach (string key in new[] { "milliseconds", "imagesPerSecond", "peakBytes", "shareOfLimit" })
                Assert.That(result.GetProperty(key).GetDouble(), Is.Positive, key);
        });
    }

    [Test]
    public void Step_OfSeveralModelsAndBatches_HasAResultForEach()
    {
        JsonElement results = CommandRun.Json(
            "bench step --model densenet-7-2,densenet-bc-10-2 -b 1,2 --mode both --steps 1 --warm-up 0 "
            + "--input-size 16 --threads 1 --device cpu").GetProperty("results");
        Assert.That(
            results.EnumerateArray().Select(result => (
                result.GetProperty("model").GetString(), result.GetProperty("batchSize").GetInt32(),
                result.GetProperty("mode").GetString())),
            Is.EqualTo(
                from model in new[] { "densenet-7-2", "densenet-bc-10-2" }
                from batch in new[] { 1, 2 }
                from mode in new[] { "train", "inference" }
                select (model, batch, mode)));
    }

    [TestCase("fp32")]
    [TestCase("bf16")]
    public void Step_OnCuda_SaysItsPrecisionAndShare(string precision)
    {
        TestBackend.Require();
        JsonElement document = CommandRun.Json($"{Tiny} --device cuda --workspace 2MiB --precision {precision}");
        JsonElement train = document.GetProperty("results")[0];
        Assert.Multiple(() =>
        {
            Assert.That(train.GetProperty("device").GetString(), Is.EqualTo("cuda"));
            Assert.That(train.GetProperty("precision").GetString(), Is.EqualTo(precision));
            Assert.That(train.GetProperty("shareOfLimit").GetDouble(), Is.Positive);
            Assert.That(document.GetProperty("limits").GetProperty("gigabytesPerSecond").GetDouble(), Is.Positive);
        });
    }

    [Test]
    public void Step_OnTheReference_HasNoLimit()
    {
        CommandRun run = CommandRun.Of($"{Tiny} --device reference --mode inference");
        run.AssertSucceeds();
        Assert.That(
            run.Output.ReplaceLineEndings(" "),
            Does.Contain("densenet-7-2").And.Contain("no limit").And.Not.Contain("train"));
    }

    [TestCase(new[] { 1.2, 0.5 }, true)]
    [TestCase(new[] { 1.004, 0.5 }, false)]
    public void Limits_BelowSharesOfMoreThanAll_SayWhyThatCanBe(double[] shares, bool isSaid) => Assert.That(
        BenchText.Limits(new DeviceLimits(100, 20), shares.Select(share => (double?)share)),
        Does.StartWith("The limit is 100 GFLOP/s and 20").And.Contain("before and after")
            .And.Matches<string>(text => text!.Contains("slower while it was probed") == isSaid));

    [Test]
    public void Limits_OfTwoProbes_AreTheBetterOfEach() => Assert.That(
        new DeviceLimits(100, 20).BetterOf(new DeviceLimits(50, 40)), Is.EqualTo(new DeviceLimits(100, 40)));

    [Test]
    public void Step_IntoAFile_WritesThePrintedDocument()
    {
        using TemporaryFolder temporary = new();
        string file = temporary.File("step.json");
        JsonElement printed = CommandRun.Json($"{Tiny} --device reference --output {file}");
        JsonElement written = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
        Assert.That(JsonElement.DeepEquals(printed, written));
    }

    [Test]
    public void Step_IntoAFileThatCannotBe_NamesItAndTheFlag()
    {
        using TemporaryFolder temporary = new();
        string file = temporary.File("absent/step.json");
        CommandRun.Of($"{Tiny} --device reference --output {file}").AssertFails(
            ExitCode.Failure, $"{file}: expected a file that --output can write to");
    }

    [TestCase("--steps 0", "--steps must be at least 1")]
    [TestCase("--warm-up -1", "--warm-up must be at least 0")]
    [TestCase("--batch-size 8,x", "whole numbers")]
    [TestCase("--batch-size 0", "--batch-size must be at least 1")]
    [TestCase("--mode test", "'test'")]
    [TestCase("--model densenet-7-2,densenet", "densenet-bc-L-k")]
    public void Step_OfTheImpossible_IsOneSentenceAndUsage(string arguments, string named) =>
        CommandRun.Of($"bench step {arguments}").AssertFails(ExitCode.Usage, named);

    [Test]
    public void Step_ThatNoMachineHasRoomFor_IsRefusedBeforeAnythingIsMeasured()
    {
        using TemporaryFolder temporary = new();
        CommandRun.Of($"bench step --model densenet-bc-10-4 -b 2,1000000 --output {temporary.File("step.json")}")
            .AssertFails(ExitCode.OutOfMemory, "densenet-bc-10-4");
        Assert.That(Directory.GetFileSystemEntries(temporary.FullName), Is.Empty);
    }
}
