using System.Text.Json;
using DenseNetRaw.Cli;
using DenseNetRaw.Evaluation;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

/// <summary><c>eval --exits</c>.</summary>
public sealed class EvalExitsCommandTests
{
    private TemporaryFolder _temporary = null!;
    private string _data = null!;

    [OneTimeSetUp]
    public void Train()
    {
        _temporary = new TemporaryFolder();
        _data = TinyCifar.Write(_temporary.File("data"));
        CommandRun.Of([
            "train", .. CommandRun.TinyModel, "--data", _data, "--batch-size", "8", "--max-steps", "1",
            "--output-dir", _temporary.File("one")]).AssertSucceeds();
    }

    [OneTimeTearDown]
    public void DeleteData() => _temporary.Dispose();

    [TestCase("--exits anytime")]
    [TestCase("--exits budget --budget 50%")]
    public void Eval_OfANetworkWithOneExit_SaysThatItHasOne(string flags) =>
        Eval("one", flags).AssertFails(ExitCode.Usage, "--exits", "several exits", "'densenet-7-2' has one");

    [TestCase("--budget 50%", "--budget: expected with --exits budget alone")]
    [TestCase("--exits anytime --budget 50%", "--budget: expected with --exits budget alone")]
    [TestCase("--exits anytime --validation 3", "--validation: expected with --exits budget alone")]
    [TestCase("--exits anytime --thresholds x.json", "--thresholds: expected with --exits budget alone")]
    [TestCase("--exits anytime --seed 3", "--seed: expected with --exits budget alone")]
    [TestCase("--measured 3", "--measured: expected with --exits alone")]
    [TestCase("--exits anytime --measured -3", "--measured must be at least 0, found -3")]
    [TestCase(
        "--exits budget --thresholds x.json --budget 1M", "--budget: expected with --exits budget without --thresholds")]
    [TestCase("--exits budgte", "expected anytime or budget, found 'budgte'; did you mean 'budget'?")]
    [TestCase("--exits budget --budget 3X", "--budget: expected multiply-adds an image, such as 30M")]
    [TestCase("--exits budget --budget 50%,", "--budget: expected multiply-adds an image, such as 30M")]
    public void Eval_WithFlagsThatDoNotGoTogether_SaysWhatIsExpected(string flags, string sentence) =>
        Eval("one", flags).AssertFails(ExitCode.Usage, sentence);

    [TestCase("1500", 1500)]
    [TestCase("2.5K", 2500)]
    [TestCase("30m", 30e6)]
    [TestCase("1.5G", 1.5e9)]
    [TestCase("50%", 40)]
    public void Budget_WithAUnit_IsMultiplyAdds(string text, double expected) =>
        Assert.That(ExitBudget.Parse(text)!.Value.MultiplyAdds(full: 80), Is.EqualTo(expected));

    [TestCase("")]
    [TestCase("%")]
    [TestCase("-3M")]
    [TestCase("1e3")]
    [TestCase("3MB")]
    public void Budget_OfNoSuchForm_IsNone(string text) => Assert.That(ExitBudget.Parse(text), Is.Null);

    [Test]
    public void Report_OfAnytime_HasAKeyForEachNumber()
    {
        ExitReport report = NewReport() with { Anytime = [new AnytimeExit(1, 0.5, 0.625, 2_000_000, 0.5, 2000)] };
        JsonElement json = Json(report);
        Assert.That(
            json.GetProperty("exits")[0].EnumerateObject().Select(property => property.Name),
            Is.EqualTo(new[]
            {
                "exit", "accuracy", "ensembleAccuracy", "multiplyAdds", "millisecondsPerImage", "imagesPerSecond",
            }));
        Assert.That(Text(report), Does.Contain("62.50").And.Contain("2.00 M").And.Contain("2,000").And.Contain("on the cpu"));
    }

    [Test]
    public void Report_OfBudgets_CanBeReadAsThresholds()
    {
        ExitReport report = NewReport() with
        {
            Validation = new ExitReport.HeldOut("training images, held out", 20, 42),
            Budgeted = new BudgetedExits(
                new BudgetedExits.Whole(0.75, 4_000_000, 2, 500),
                [
                    new BudgetedExit(2e6, 0.8, [0.9, null], [0.5, 0, 0.5], 0.7, 2.1e6, 1.1, 909, 0.55, 0),
                    new BudgetedExit(null, 1.95, [0.9, 0.8], [0.5, 0, 0.5], 0.7, 2.1e6, null, null, null, null),
                ]),
        };
        JsonElement json = Json(report);
        Assert.That(json.GetProperty("validation").GetProperty("images").GetInt32(), Is.EqualTo(20));
        Assert.That(json.GetProperty("allExits").GetProperty("imagesPerSecond").GetDouble(), Is.EqualTo(500));
        Assert.That(json.GetProperty("budgets")[0].GetProperty("timeShare").GetDouble(), Is.EqualTo(0.55));
        string file = _temporary.File("report.json");
        File.WriteAllText(file, json.GetRawText());
        Assert.That(
            ThresholdsFile.Read(file, exits: 3).Select(one => one.Thresholds.Values[1]),
            Is.EqualTo(new[] { double.PositiveInfinity, 0.8 }));
        Assert.That(
            Text(report),
            Does.Contain("55.00").And.Contain("q 1.95").And.Contain("train --validation 20 --seed 42").And.Contain("all exits"));
    }

    private static ExitReport NewReport() => new("net", "test images", 100, 64, "the cpu", 50);

    private static JsonElement Json(ExitReport report)
    {
        using StringWriter output = new();
        report.Write(output, asJson: true);
        return JsonDocument.Parse(output.ToString()).RootElement;
    }

    private static string Text(ExitReport report)
    {
        using StringWriter output = new();
        report.Write(output, asJson: false);
        return output.ToString().ReplaceLineEndings(" ");
    }

    private CommandRun Eval(string run, string flags) => CommandRun.Of([
        "eval", "--device", "reference", "--data", _data, "--weights", _temporary.File($"{run}/model.safetensors"),
        .. flags.Split(' ')]);
}
