using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DenseNetRaw.Cli;
using DenseNetRaw.Evaluation;
using DenseNetRaw.Serialization;
using DenseNetRaw.Tests.Data;
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
        CommandRun.Of(
            "train", "--model", "msdnet-budget-3", "--growth-rate", "2", "--initial-channels", "2", "--device", "cpu",
            "--threads", "2", "--data", _data, "--batch-size", "8", "--epochs", "1", "--validation", "5",
            "--output-dir", _temporary.File("three")).AssertSucceeds();
        File.Copy(_temporary.File("three/model.safetensors"), _temporary.File("alone.safetensors"));
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
        "--exits budget --thresholds x.json --budget 1M",
        "--budget: expected without --thresholds, whose file has thresholds fitted before")]
    [TestCase("--exits budgte", "expected anytime or budget, found 'budgte'; did you mean 'budget'?")]
    [TestCase("--exits budget --budget 3X", "--budget: expected multiply-adds an image, such as 30M")]
    [TestCase("--exits budget --budget 50%,", "--budget: expected multiply-adds an image, such as 30M")]
    public void Eval_WithFlagsThatDoNotGoTogether_SaysWhatIsExpected(string flags, string sentence) =>
        Eval("one", flags).AssertFails(ExitCode.Usage, sentence);

    [Test]
    public void Train_OfSeveralExits_WritesTheAccuracyOfEach()
    {
        string last = File.ReadLines(_temporary.File("three/metrics.jsonl")).Last();
        JsonElement epoch = JsonDocument.Parse(last).RootElement;
        double[] exits = [.. epoch.GetProperty("testExitAccuracies").EnumerateArray().Select(one => one.GetDouble())];
        Assert.That(exits, Has.Length.EqualTo(3));
        Assert.That(exits[^1], Is.EqualTo(epoch.GetProperty("testAccuracy").GetDouble()));
        Assert.That(File.ReadAllText(_temporary.File("one/metrics.jsonl")), Does.Not.Contain("testExitAccuracies"));
    }

    [Test]
    public void Eval_OfSeveralExits_SaysTheAccuracyOfEachInWordsToo()
    {
        IEnumerable<string> exits = EvalJson("").GetProperty("exitAccuracies").EnumerateArray().Select((one, index) =>
            string.Create(CultureInfo.InvariantCulture, $"{index + 1} {one.GetDouble():P2}"));
        Assert.That(
            Eval("three", "--batch-size 4").Output.TrimEnd(),
            Does.EndWith($"; accuracy of each exit: {string.Join(", ", exits)}"));
        Assert.That(Eval("one", "--batch-size 4").Output, Does.Not.Contain("exit"));
    }

    [Test]
    public void Eval_Anytime_AgreesWithEvalAndDescribe()
    {
        JsonElement json = EvalJson("--exits anytime --measured 4");
        JsonElement described = CommandRun.Json(
            "describe --model msdnet-budget-3 --growth-rate 2 --initial-channels 2").GetProperty("exits");
        JsonElement[] exits = [.. json.GetProperty("exits").EnumerateArray()];
        double[] accuracies =
            [.. EvalJson("").GetProperty("exitAccuracies").EnumerateArray().Select(one => one.GetDouble())];
        Assert.That(exits.Select(exit => exit.GetProperty("accuracy").GetDouble()), Is.EqualTo(accuracies));
        foreach (string key in new[] { "multiplyAdds", "operations" })
        {
            Assert.That(
                exits.Select(exit => exit.GetProperty(key).GetInt64()),
                Is.EqualTo(described.EnumerateArray().Select(exit => exit.GetProperty(key).GetInt64())));
        }

        Assert.That(json.GetProperty("measuredImages").GetInt32(), Is.EqualTo(4));
        Assert.That(exits[0].GetProperty("millisecondsPerImage").GetDouble(), Is.GreaterThan(0));
    }

    [Test]
    public void Eval_WithBudgets_LeavesAsSimulatedAndAsItsThresholdsSay()
    {
        JsonElement json = EvalJson("--exits budget --budget 60%,80%,100% --validation 5 --seed 42");
        JsonElement[] budgets = [.. json.GetProperty("budgets").EnumerateArray()];
        Assert.That(budgets.Select(one => one.GetProperty("differences").GetInt32()), Is.EqualTo(new[] { 0, 0, 0 }));
        Assert.That(json.GetProperty("images").GetInt32(), Is.EqualTo(TinyCifar.TestImages));
        Assert.That(json.GetProperty("validation").GetProperty("images").GetInt32(), Is.EqualTo(5));
        string file = _temporary.File("thresholds.json");
        File.WriteAllText(file, json.GetRawText());
        JsonElement again = EvalJson($"--exits budget --thresholds {file} --measured 0");
        foreach (string key in new[] { "q", "thresholds", "shares", "accuracy", "multiplyAdds" })
        {
            Assert.That(
                again.GetProperty("budgets").EnumerateArray().Select(one => one.GetProperty(key).GetRawText()),
                Is.EqualTo(budgets.Select(one => one.GetProperty(key).GetRawText())));
        }
    }

    [Test]
    public void Eval_WithThresholds_TakesThoseOfTheSameNumbersAndRefusesOthers()
    {
        JsonElement json = EvalJson("--exits budget --budget 80% --validation 5 --measured 0");
        string file = _temporary.File("fitted.json"), flags = $"--exits budget --thresholds {file} --measured 0";
        File.WriteAllText(file, json.GetRawText());
        SafetensorsFile weights = SafetensorsFile.Read(_temporary.File("three/model.safetensors"));
        SafetensorsTensor[] tensors = [.. weights.Tensors.Values];

        // The same numbers in another file, which does not say how many batches they saw, are the same weights.
        SafetensorsTensor[] untracked =
            [.. tensors.Where(tensor => !tensor.Name.EndsWith(".num_batches_tracked", StringComparison.Ordinal))];
        string same = _temporary.File("same.safetensors"), other = _temporary.File("other.safetensors");
        SafetensorsFile.Write(same, untracked, weights.Metadata);
        CommandRun taken = CommandRun.Of([.. EvalOf("same.safetensors"), .. flags.Split(' ')]);
        taken.AssertSucceeds();
        Assert.That(taken.Error, Is.Empty);

        int at = Array.FindIndex(tensors, tensor => tensor.Name.EndsWith(".running_mean", StringComparison.Ordinal));
        float[] moved = tensors[at].ToSingles();
        moved[0] += 0.25f;
        tensors[at] = SafetensorsTensor.Create(tensors[at].Name, [.. tensors[at].Shape], moved);
        SafetensorsFile.Write(other, tensors, weights.Metadata);
        CommandRun.Of([.. EvalOf("other.safetensors"), .. flags.Split(' ')]).AssertFails(
            ExitCode.BadData, file, "expected thresholds that were fitted on the weights 'msdnet-budget-3'",
            $"found those of 'msdnet-budget-3' with SHA-256 {json.GetProperty("fittedOn").GetProperty("sha256")
                .GetString()![..12]}");
    }

    [Test]
    public void Eval_WithThresholdsThatDoNotSayOfWhichWeights_WarnsAndStillDoesNotSay()
    {
        JsonObject json = JsonNode.Parse(
            EvalJson("--exits budget --budget 80% --validation 5 --measured 0").GetRawText())!.AsObject();
        Assert.That(json.Remove("fittedOn"));
        string file = _temporary.File("old.json");
        File.WriteAllText(file, json.ToJsonString());
        CommandRun run = Eval("three", $"--json --exits budget --thresholds {file} --measured 0");
        run.AssertSucceeds();
        Assert.That(
            run.Error, Does.StartWith($"warning: {file} does not say which weights its thresholds were fitted on"));
        Assert.That(JsonNode.Parse(run.Output)!["fittedOn"], Is.Null);
    }

    [Test]
    public void Eval_WithThresholdsOfAnotherNormalisation_RefusesOrWarns()
    {
        JsonObject json = JsonNode.Parse(
            EvalJson("--exits budget --budget 80% --validation 5 --measured 0").GetRawText())!.AsObject();
        string file = _temporary.File("normalised.json");
        File.WriteAllText(file, json.ToJsonString());
        string flags = $"--exits budget --thresholds {file} --measured 0";
        Eval("three", $"{flags} --mean 0,0,0 --std 1,1,1").AssertFails(
            ExitCode.BadData, $"{file}: expected thresholds that were fitted with the mean 0,0,0, found those of 0.");
        Assert.That(json["fittedOn"]!.AsObject().Remove("std"));
        File.WriteAllText(file, json.ToJsonString());
        CommandRun run = Eval("three", flags);
        run.AssertSucceeds();
        Assert.That(run.Error, Does.StartWith($"warning: {file} does not say which mean and std its thresholds were"));
    }

    [Test]
    public void Eval_OfTheTrainingSplitOfImageFiles_ReadsThemOnce()
    {
        using TemporaryFolder folder = new();
        ImageFolderTests.WriteSet(folder, each: 6);
        File.WriteAllText(folder.File("train/a/1.png"), "text");
        CommandRun.Of(
            "train", "--model", "msdnet-budget-3", "--growth-rate", "2", "--initial-channels", "2", "--device", "cpu",
            "--threads", "2", "--data", folder.FullName, "--input-size", "32", "--batch-size", "4", "--max-steps", "1",
            "--corrupt-images", "skip", "--output-dir", folder.File("run")).AssertSucceeds();
        CommandRun run = CommandRun.Of(
            "eval", "--device", "cpu", "--threads", "2", "--data", folder.FullName, "--weights", folder.File("run"),
            "--corrupt-images", "skip", "--split", "train", "--exits", "budget", "--budget", "80%", "--measured", "0");
        run.AssertSucceeds();
        Assert.That(Regex.Count(run.Error, "left out: 1 of 12 image files"), Is.EqualTo(1), run.Error);
    }

    /// <summary>Parameters, gradients and momentum, here more than that, lie outside the plan and count.</summary>
    [Test]
    public void Eval_WithLessMemoryThanPlanAndParameters_IsRefused()
    {
        EvalJson("--exits anytime --measured 0 --batch-size 2 --memory-budget 100MiB");
        Eval("three", "--exits anytime --measured 0 --batch-size 2 --memory-budget 512KiB").AssertFails(
            ExitCode.OutOfMemory, "early exit on the cpu device needs", "0 bytes may be taken");
    }

    [Test]
    public void Eval_WithoutABudget_IsTheSweep()
    {
        JsonElement json = EvalJson("--exits budget --measured 0");
        Assert.That(json.GetProperty("budgets").GetArrayLength(), Is.EqualTo(39));
        Assert.That(json.GetProperty("validation").GetProperty("images").GetInt32(), Is.EqualTo(2));
        CommandRun people = Eval("three", "--exits budget --measured 0");
        people.AssertSucceeds();
        Assert.That(people.Output, Does.Contain("q 1.95").And.Contain("all exits").And.Contain("No times"));
    }

    [Test]
    public void Eval_OfTheTrainingSplit_LeavesOutWhatIsHeldOut() => Assert.That(
        EvalJson("--exits budget --budget 70% --validation 5 --split train --measured 0")
            .GetProperty("images").GetInt32(),
        Is.EqualTo(TinyCifar.TrainingImages - 5));

    [TestCase("three", "--validation 5 --seed 42", false)]
    [TestCase("three", "--validation 3", false)]
    [TestCase("three", "--validation 6", true)]
    [TestCase("three", "--validation 5 --seed 43", true)]
    [TestCase("three/model.safetensors", "--validation 5", false)]
    [TestCase("alone.safetensors", "--validation 5", null)]
    public void Eval_WithBudgets_SaysWhetherThresholdsAreOfTrainedImages(string weights, string flags, bool? expected)
    {
        CommandRun run = CommandRun.Of([
            .. EvalOf(weights), "--json", "--exits", "budget", "--budget", "70%", "--measured", "0",
            .. flags.Split(' ')]);
        run.AssertSucceeds();
        JsonElement trainedOn = JsonDocument.Parse(run.Output).RootElement.GetProperty("validation")
            .GetProperty("trainedOn");
        Assert.That(trainedOn.GetRawText(), Is.EqualTo(JsonSerializer.Serialize(expected)));
        Assert.That(run.Error, expected switch
        {
            true => Does.Contain("the network was trained on images that the thresholds were fitted on"),
            false => Is.Empty,
            null => Does.Contain("the network may have been trained on"),
        });
    }

    [TestCase("--budget 1%", "--budget: expected a budget between the multiply-adds of the first exit and the last")]
    [TestCase("--budget 101%", "of the first exit and the last")]
    [TestCase("--budget 50% --validation 20", "--validation must be at least 1 and below 20")]
    [TestCase("--budget 50% --validation 0", "--validation must be at least 1")]
    public void Eval_WithABudgetOrValidationThatCannotBe_SaysTheRange(string flags, string sentence) =>
        Eval("three", $"--exits budget {flags}").AssertFails(ExitCode.Usage, sentence);

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
        AnytimeExit exit = new(1, 0.5, 0.625, 2_000_000, 3_000_000, 0.5, 2000);
        ExitReport report = NewReport() with { Anytime = [exit] };
        JsonElement json = Json(report);
        Assert.That(
            json.GetProperty("exits")[0].EnumerateObject().Select(property => property.Name),
            Is.EqualTo(new[]
            {
                "exit", "accuracy", "ensembleAccuracy", "multiplyAdds", "operations", "millisecondsPerImage",
                "imagesPerSecond",
            }));
        Assert.That(
            Text(report), Does.Contain("62.50").And.Contain("2.00 M").And.Contain("2,000").And.Contain("the cpu"));
    }

    [Test]
    public void Report_OfBudgets_CanBeReadAsThresholds()
    {
        ExitReport report = NewReport() with
        {
            Validation = new ExitReport.HeldOut("training images, held out", 20, 42, TrainedOn: false),
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
            ThresholdsFile.Read(file, exits: 3).Budgets.Select(one => one.Thresholds.Values[1]),
            Is.EqualTo(new[] { double.PositiveInfinity, 0.8 }));
        Assert.That(
            Text(report),
            Does.Contain("55.00").And.Contain("q 1.95").And.Contain("train --validation 20 --seed 42")
                .And.Contain("all exits"));
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

    private JsonElement EvalJson(string flags)
    {
        CommandRun run = Eval("three", $"--json {flags}".TrimEnd());
        run.AssertSucceeds();
        return JsonDocument.Parse(run.Output).RootElement;
    }

    private CommandRun Eval(string run, string flags) =>
        CommandRun.Of([.. EvalOf($"{run}/model.safetensors"), .. flags.Split(' ')]);

    private IReadOnlyList<string> EvalOf(string weights) =>
        ["eval", "--device", "cpu", "--threads", "2", "--data", _data, "--weights", _temporary.File(weights)];
}
