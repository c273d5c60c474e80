using System.Globalization;
using System.Text.Json;
using DenseNetRaw.Cli;
using DenseNetRaw.Serialization;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

/// <summary>
/// The commands on MSDNets. Counts are facts/lineage.md's, section 4.2: of the authors' counter, in millions, with as
/// many digits as there.
/// </summary>
public sealed class MsdNetCommandTests
{
    private static readonly string[] Tiny =
    [
        "--model", "msdnet-budget-3", "--initial-channels", "2", "--growth-rate", "2", "--growth-factors", "1-2",
        "--bottleneck-factors", "1-2", "--classifier-channels", "4",
    ];

    [TestCase("msdnet-imagenet-4", "339.9 685.5 1008.2 1254.5 1360.5", "4.24 8.77 13.07 16.75 23.96")]
    [TestCase("msdnet-imagenet-6", "514.7 1171.2 1844.5 2501.4 2742.1", "7.08 15.69 24.01 42.19 56.53")]
    [TestCase("msdnet-imagenet-7", "615.69 1436.39 2283.21 2967.42 3253.79", "8.76 20.15 31.73 41.86 62.31")]
    [TestCase(
        "msdnet-anytime-10", "15.1 25.5 37.8 52.0 62.1 74.0 87.7 100.0 110.0 121.6",
        "0.42 0.85 1.35 1.78 2.22 2.72 3.29 3.77 4.27 4.84")]
    [TestCase(
        "msdnet-anytime-7 --classes 100", "15.1 25.5 37.1 46.3 57.3 67.0 75.9", "0.43 0.88 1.27 1.70 2.18 2.60 3.07")]
    [TestCase("msdnet-budget-7", "6.9 14.3 27.3 48.4 76.4 108.8 137.2", "0.29 0.63 1.08 1.68 2.33 2.98 3.89")]
    [TestCase("msdnet-budget-5 --classes 100", "6.86 14.35 27.54 41.71 58.48", "0.30 0.65 1.02 1.49 2.08")]
    public void Describe_OfAPublishedMsdNet_CountsItsExitsAsItsAuthors(
        string model, string operations, string parameters)
    {
        JsonElement exits = CommandRun.Json($"describe --model {model}").GetProperty("exits");
        Assert.That(Millions(exits, "operations", operations), Is.EqualTo(operations));
        Assert.That(Millions(exits, "parameters", parameters), Is.EqualTo(parameters));
    }

    [TestCase("msdnet-anytime-x", "expected a model msdnet-anytime-B or msdnet-budget-B")]
    [TestCase("msdnet-budget-5 --block-config 3,3", "--block-config changes a DenseNet")]
    [TestCase("densenet-bc-22-12 --base 3", "--base changes an MSDNet")]
    [TestCase("msdnet-anytime-5 --step 5", "--base must be at least --step 5 where steps are even, found 4")]
    [TestCase("msdnet-anytime-5 --step-mode odd", "expected even or lin_grow")]
    [TestCase(
        "msdnet-anytime-5 --growth-rate 3 --growth-factors 1-1-2",
        "half of what a scale adds comes from the one before")]
    [TestCase(
        "msdnet-anytime-5 --growth-factors 1-2", "--bottleneck-factors must be 0 for none, or at least 1 for each")]
    [TestCase("msdnet-anytime-5 --input-size 12", "--input-size must be at least 16×16, found 12×12")]
    [TestCase(
        "msdnet-anytime-1",
        "--prune max, which leaves one of 3 scales every 2, needs to end with one (--blocks 2 has 6), found 4")]
    [TestCase("msdnet-budget-1", "needs to end with one (--blocks 2 has 3), found 1")]
    [TestCase(
        "msdnet-budget-1 --prune min",
        "layers must be at least 2 in all, for --prune min to leave 2 scales one by one")]
    [TestCase(
        "msdnet-anytime-5 --reduction 0.01", "--reduction must be large enough for a transition to keep a channel")]
    [TestCase("msdnet-anytime-999 --step-mode lin_grow", "layers must be at most 4096 in all")]
    public void Describe_OfAnImpossibleMsdNet_NamesTheRule(string model, string message) =>
        CommandRun.Of($"describe --model {model}").AssertFails(ExitCode.Usage, message);

    [Test]
    public void TrainEvalPredictAndInspect_OfAnMsdNet_Work()
    {
        using TemporaryFolder folder = new();
        string data = TinyCifar.Write(folder.File("data")), run = folder.File("run");
        CommandRun.Of([
            "train", .. Tiny, "--device", "cpu", "--data", data, "--batch-size", "10", "--epochs", "1", "--output-dir",
            run]).AssertSucceeds();
        CommandRun.Of("eval", "--weights", run, "--data", data, "--device", "cpu", "--json").AssertSucceeds();
        string images = folder.File("images.safetensors");
        float[] pixels = [.. Enumerable.Range(0, 2 * 3 * 32 * 32).Select(i => (float)Math.Sin(i))];
        SafetensorsFile.Write(images, [SafetensorsTensor.Create("input", [2, 3, 32, 32], pixels)]);
        CommandRun.Of("predict", images, "--weights", run, "--device", "cpu", "--json").AssertSucceeds();
        CommandRun.Of("inspect", run).AssertSucceeds();
        CommandRun.Of("report", run).AssertSucceeds();
        CommandRun.Of("export", "--weights", run, "--output", folder.File("m.safetensors")).AssertSucceeds();
        CommandRun.Of("export", "--weights", run, "--output", folder.File("m.onnx"))
            .AssertFails(ExitCode.Usage, "--output: expected a .safetensors file", "found model 'msdnet-");
    }

    [Test]
    public void PlanFitAndTrace_OfAnMsdNet_Work()
    {
        string flags = $"{string.Join(' ', Tiny)} --device reference --input-size 16 --batch-size 2";
        CommandRun.Json($"plan {flags}");
        CommandRun.Json($"fit {flags} --memory-budget 64MiB");
        CommandRun.Of($"trace {flags} --memory slab-minimal").AssertSucceeds();
        CommandRun.Of("describe --model msdnet-anytime-5 --blocks 3 --bottleneck-factors 0").AssertSucceeds();
    }

    /// <summary>
    /// The numbers in millions with as many decimals as the expected ones have. The counter prints two; where the facts
    /// have one, it was rounded from those two.
    /// </summary>
    private static string Millions(JsonElement exits, string key, string expected) => string.Join(' ', exits
        .EnumerateArray().Zip(expected.Split(' '), (exit, number) =>
        {
            int decimals = number.Length - number.IndexOf('.') - 1;
            decimal printed = Math.Round(exit.GetProperty(key).GetInt64() / 1e6m, 2, MidpointRounding.AwayFromZero);
            return Math.Round(printed, decimals, MidpointRounding.AwayFromZero)
                .ToString($"F{decimals}", CultureInfo.InvariantCulture);
        }));
}
