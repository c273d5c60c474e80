using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DenseNetRaw.Cli;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli.Report;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class ReportCommandTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Test]
    public void Train_AtItsEnd_WritesAPageAndTheTimesOfAStep()
    {
        string run = Train("run");
        string page = File.ReadAllText(Path.Combine(run, "report.html"));
        JsonNode profile = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "profile.json")))!;
        Assert.Multiple(() =>
        {
            Assert.That(page, Does.StartWith("<!doctype html>").And.Contain("densenet train --model densenet-7-2"));
            Assert.That(profile["batchSize"]!.GetValue<int>(), Is.EqualTo(8));
            Assert.That(profile["calls"]!.AsArray()[^1]!["phase"]!.GetValue<string>(), Is.EqualTo("optimiser"));
            Assert.That(
                profile["calls"]!.AsArray().Select(call => call!["milliseconds"]!.GetValue<double>()),
                Is.All.GreaterThanOrEqualTo(0));
        });
    }

    [Test]
    public void Report_OfARun_WritesThePageThatTrainWrote()
    {
        string run = Train("run"), page = Path.Combine(run, "report.html");
        string first = File.ReadAllText(page);
        File.Delete(page);
        CommandRun report = CommandRun.Of("report", run);
        report.AssertSucceeds();
        Assert.That(report.Output.Trim(), Is.EqualTo(page));
        Assert.That(File.ReadAllText(page), Is.EqualTo(first));
    }

    [Test]
    public void Report_OfAnyRun_AllowsItsOwnStyleAndScriptAlone()
    {
        string page = Page(StoredRun.Slab);
        string policy = Policy().Match(page).Groups[1].Value;
        Assert.Multiple(() =>
        {
            Assert.That(policy, Does.StartWith("default-src 'none'; style-src 'sha256-"));
            Assert.That(policy, Does.Contain("script-src 'sha256-"));
            Assert.That(policy, Does.Not.Contain("unsafe"));
            Assert.That(page, Does.Not.Match("""\s(src|href|style|on[a-z]+)="|url\(|@import"""));
            Assert.That(page, Does.Not.Match("https?://(?!www.w3.org/2000/svg)"));
        });
    }

    [Test]
    public void Report_OfARunWithDangerousNames_EscapesThem()
    {
        string run = StoredRun.CopyTo(StoredRun.Slab, _temporary.File("<script>\e[31m&<b>\u202E"));
        string file = Path.Combine(run, "args.json");
        JsonNode arguments = JsonNode.Parse(File.ReadAllText(file))!;
        arguments["data"]!["classNames"] =
            new JsonArray("</script><script>alert(1)</script>", "\e[31mred", "\u202Eturned");
        arguments["command"] = "densenet train --data \"</pre><script>alert(2)</script>\"";
        File.WriteAllText(file, arguments.ToJsonString());
        string page = Page(run);
        Assert.Multiple(() =>
        {
            Assert.That(page, Does.Not.Contain("<script>alert").And.Not.Contain('\e').And.Not.Contain('\u202E'));
            Assert.That(page, Does.Contain("\\u001B[31mred").And.Contain("\\u202Eturned"));
            Assert.That(Script().Count(page), Is.EqualTo(2));
        });
    }

    [Test]
    public void Report_OfAMetricsFileWithATornLine_LeavesItOut()
    {
        string run = StoredRun.CopyTo(StoredRun.Minimal, _temporary.File("torn"));
        File.AppendAllText(Path.Combine(run, "metrics.jsonl"), """{"kind":"epoch","epoch":3,"trainLo""");
        Assert.That(Page(run), Does.Not.Contain("\"epoch\":3"));
    }

    [Test]
    public void Report_OfAMetricsFileWithABrokenLine_NamesIt()
    {
        string run = StoredRun.CopyTo(StoredRun.Minimal, _temporary.File("broken"));
        string file = Path.Combine(run, "metrics.jsonl");
        File.WriteAllText(file, """{"kind":"epoch","epoch":"x"}""" + "\n" + File.ReadAllText(file));
        CommandRun.Of("report", run).AssertFails(ExitCode.BadData, file, "line 1");
    }

    [Test]
    public void Report_OfARunThatEndedNoEpoch_SaysSo()
    {
        string run = StoredRun.CopyTo(StoredRun.Minimal, _temporary.File("early"));
        string file = Path.Combine(run, "metrics.jsonl");
        File.WriteAllText(file, "");
        Assert.That(
            Page(run), Does.Contain("not finished: no step of 150 has ended").And.Not.Contain("<h2>Error</h2>")
                .And.Not.Contain("<h2>Time of a step"));
        File.WriteAllLines(file, File.ReadLines(Path.Combine(StoredRun.Minimal, "metrics.jsonl")).Take(1));
        Assert.That(
            Page(run), Does.Contain("not finished: step 1 of 150;").And.Contain("1 step, ")
                .And.Contain("<h2>Loss</h2>").And.Not.Contain("<h2>Error</h2>"));
        CommandRun.Of("report", run, run, "--output", _temporary.File("both.html")).AssertSucceeds();
    }

    [Test]
    public void Report_OfARunThatASignalStopped_SaysSoUntilItGoesOn()
    {
        string run = StoredRun.CopyTo(StoredRun.Minimal, _temporary.File("stopped"));
        Assert.That(Page(run), Does.Contain("finished, 150 steps").And.Not.Contain("not finished"));
        string file = Path.Combine(run, "metrics.jsonl");
        string[] steps = [.. File.ReadLines(file).Where(line => line.Contains("\"kind\":\"step\"")).Take(13)];
        File.WriteAllLines(file, steps.Take(12));
        File.WriteAllText(Path.Combine(run, "model.safetensors"), "");
        Directory.CreateDirectory(Path.Combine(run, "checkpoints", "step-0000000012"));
        Assert.That(Page(run), Does.Contain("stopped by a signal after step 12 of 150"));
        File.WriteAllLines(file, steps);
        Assert.That(Page(run), Does.Contain("not finished: step 13 of 150"));
    }

    [Test]
    public void Report_OfARunWhoseLossIsNoNumber_SaysSo()
    {
        string run = _temporary.File("wild");
        CommandRun train = CommandRun.Of([
            "train", .. CommandRun.TinyModel, "--data", TinyCifar.Write(_temporary.File("data")), "--batch-size", "8",
            "--lr", "1e30", "--output-dir", run]);
        Assert.That(train.Code, Is.Not.Zero);
        Assert.That(Page(run), Does.Match("class=\"status\">ended: .* should be a finite number, found NaN"));
    }

    [Test]
    public void Report_OfARunAndItsCopy_FindsNoDifferenceAndTellsThemApart()
    {
        string one = StoredRun.CopyTo(StoredRun.Slab, _temporary.File("a/same"));
        string other = StoredRun.CopyTo(StoredRun.Slab, _temporary.File("b/same"));
        SetData(one, "x/../cifar", "a");
        SetData(other, "./cifar/", "b");
        string page = Page(one, other);
        Assert.Multiple(() =>
        {
            Assert.That(page, Does.Match("Arguments that differ</h2>\\s*<p>none</p>"));
            Assert.That(page, Does.Match("<b>same \\(1\\)</b>: finished, 400 steps; .*a/same<"));
            Assert.That(page, Does.Match("<b>same \\(2\\)</b>: finished, 400 steps; .*b/same<"));
        });
    }

    [TestCase("args.json")]
    [TestCase("metrics.jsonl")]
    public void Report_OfAFolderWithoutAFile_NamesIt(string name)
    {
        string run = StoredRun.CopyTo(StoredRun.Minimal, _temporary.File("partial"));
        File.Delete(Path.Combine(run, name));
        CommandRun.Of("report", run).AssertFails(ExitCode.BadData, Path.Combine(run, name));
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("""{"arguments":{"batch-size":{"value":-1}},"model":{},"memory":{}}""")]
    public void Report_OfArgumentsThatAreNone_NamesTheFile(string json)
    {
        string run = StoredRun.CopyTo(StoredRun.Minimal, _temporary.File("wrong"));
        string file = Path.Combine(run, "args.json");
        File.WriteAllText(file, json);
        CommandRun.Of("report", run).AssertFails(ExitCode.BadData, file);
    }

    [TestCase("batch-size", "9000000000000")]
    [TestCase("batch-size", "2000000000")]
    public void Report_OfArgumentsThatAreImpossible_NamesTheFile(string argument, string value)
    {
        string run = StoredRun.CopyTo(StoredRun.Minimal, _temporary.File("impossible"));
        string file = Path.Combine(run, "args.json");
        JsonNode arguments = JsonNode.Parse(File.ReadAllText(file))!;
        arguments["arguments"]![argument]!["value"] = JsonNode.Parse(value);
        File.WriteAllText(file, arguments.ToJsonString());
        CommandRun.Of("report", run).AssertFails(ExitCode.BadData, file);
    }

    [Test]
    public void Report_OfNoFolder_IsBadData() =>
        CommandRun.Of("report", _temporary.File("nowhere")).AssertFails(ExitCode.BadData, "nowhere", "run folder");

    [Test]
    public void Report_IntoAFileThatCannotBe_NamesFlagAndFile() =>
        CommandRun.Of("report", StoredRun.Slab, "--output", _temporary.File("no/such/folder.html"))
            .AssertFails(ExitCode.Usage, "--output must lie in a folder that exists", "folder.html");

    [Test]
    public void Report_OfTwoRuns_SaysWhatDiffers()
    {
        string page = Page(StoredRun.Slab, StoredRun.Minimal);
        JsonElement runs = JsonDocument.Parse(Data().Match(page).Groups[1].Value).RootElement.GetProperty("runs");
        Assert.Multiple(() =>
        {
            Assert.That(runs.GetArrayLength(), Is.EqualTo(2));
            Assert.That(page, Does.Match(@"<th scope=""row"">--memory</th><td>slab</td>\s*<td>slab-minimal</td>"));
            Assert.That(
                page, Does.Match(@">best error</th><td>6.90 %</td>\s*<td>60.90 %</td>\s*<td>\+54 points"));
        });
    }

    [Test]
    public void Report_OfARunWithSeveralExits_DrawsTheErrorOfEach()
    {
        string run = TrainMsdNet("exits", "2");
        string[] accuracies = [.. File.ReadLines(Path.Combine(run, "metrics.jsonl"))
            .Select(line => JsonNode.Parse(line)!["testExitAccuracies"])
            .Where(exits => exits is not null).Select(exits => exits!.ToJsonString())];
        string page = Page(run);
        string figure = ExitFigure().Match(page).Value;
        Assert.Multiple(() =>
        {
            Assert.That(accuracies, Has.Length.EqualTo(2));
            Assert.That(figure, Does.Contain("exit 1</th>").And.Contain("exit 3</th>").And.Not.Contain("exit 4"));
            foreach (int style in Enumerable.Range(0, 3))
                Assert.That(Regex.Count(figure, $"""class="line s{style}" """), Is.EqualTo(3), "legend, wide, narrow");
            double last = 100 * (1 - JsonNode.Parse(accuracies[1])![0]!.GetValue<double>());
            Assert.That(figure, Does.Match(FormattableString.Invariant($"""row">2</th>\s*<td>{last:F2} %</td>""")));
            Assert.That(page, Does.Contain($"\"testExitAccuracies\":{accuracies[0]}"));
            Assert.That(page, Does.Contain("drawn of DenseNets alone; of msdnet-"));
        });
    }

    [Test]
    public void Report_OfRunsWithOneAndSeveralExits_SaysWhichLossIsASum()
    {
        string exits = TrainMsdNet("exits", "1");
        string sum = "exits (sum of 3 exits’ losses)";
        Assert.Multiple(() =>
        {
            string[] figures = Page(StoredRun.Slab, exits).Split("<figure");
            Assert.That(figures.Single(figure => figure.Contains("<h2>Loss on")), Does.Contain(sum)
                .And.Contain("</svg>slab</li>"));
            Assert.That(figures.Where(figure => !figure.Contains("<h2>Loss on")), Has.None.Contains(sum));
            Assert.That(Page(exits), Does.Contain("The sum of the losses of 3 exits."));
            Assert.That(Page(StoredRun.Slab), Does.Not.Contain("The sum of the losses"));
        });
    }

    [Test]
    public void Report_OfARunWithManyExits_DrawsTenOfThem()
    {
        string run = StoredRun.CopyTo(StoredRun.Slab, _temporary.File("many"));
        string file = Path.Combine(run, "metrics.jsonl");
        string exits = $"[{string.Join(',', Enumerable.Range(0, 14).Select(i => $"0.{50 + i}"))}]";
        string[] lines = [.. File.ReadLines(file).Select(line => line.Contains("\"kind\":\"epoch\"")
            ? line.TrimEnd('}') + $",\"testExitAccuracies\":{exits}}}" : line)];
        File.WriteAllLines(file, lines);
        string figure = ExitFigure().Match(Page(run)).Value;
        Assert.Multiple(() =>
        {
            Assert.That(
                Regex.Matches(figure, "</svg>(exit [0-9]+)</li>").Select(match => match.Groups[1].Value).ToList(),
                Has.Count.EqualTo(10).And.Member("exit 1").And.Member("exit 14").And.Unique);
            Assert.That(Regex.Count(figure, """col">exit [0-9]+<"""), Is.EqualTo(14));
        });
    }

    [Test]
    public void Report_OfARunWithOneExit_HasNothingOfExits() =>
        Assert.That(Page(StoredRun.Slab), Does.Not.Contain("of each exit").And.Not.Contain("xitAccuracies"));

    private string Page(params string[] runs)
    {
        string file = _temporary.File("page.html");
        CommandRun.Of(["report", .. runs, "--output", file]).AssertSucceeds();
        return File.ReadAllText(file);
    }

    private static void SetData(string run, string spelling, string outputFolder)
    {
        string file = Path.Combine(run, "args.json");
        JsonNode arguments = JsonNode.Parse(File.ReadAllText(file))!;
        arguments["arguments"]!["data"]!["value"] = spelling;
        arguments["arguments"]!["output-dir"]!["value"] = outputFolder;
        arguments["data"]!["path"] = spelling.EndsWith('/') ? "/data/cifar/" : "/data/cifar";
        File.WriteAllText(file, arguments.ToJsonString());
    }

    private string Train(string name)
    {
        CommandRun.Of([
            "train", .. CommandRun.TinyModel, "--data", TinyCifar.Write(_temporary.File("data")), "--batch-size", "8",
            "--epochs", "2", "--output-dir", _temporary.File(name)]).AssertSucceeds();
        return _temporary.File(name);
    }

    private string TrainMsdNet(string name, string epochs)
    {
        CommandRun.Of(
            "train", "--model", "msdnet-budget-3", "--growth-rate", "2", "--initial-channels", "2", "--device", "cpu",
            "--threads", "1", "--data", TinyCifar.Write(_temporary.File("data")), "--batch-size", "8", "--epochs",
            epochs, "--output-dir", _temporary.File(name)).AssertSucceeds();
        return _temporary.File(name);
    }

    [GeneratedRegex("<h2>Error of each exit on .*?</figure>", RegexOptions.Singleline)]
    private static partial Regex ExitFigure();

    [GeneratedRegex("Content-Security-Policy\" content=\"([^\"]*)\"")]
    private static partial Regex Policy();

    [GeneratedRegex("<script")]
    private static partial Regex Script();

    [GeneratedRegex("id=\"run-data\">(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Data();
}
