using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using DenseNetRaw.Cli;
using DenseNetRaw.Tests.Data;
using DenseNetRaw.Tests.Data.Images;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli.Benchmarks;

public sealed class FamilyBenchCommandTests
{
    private const string Small = "densenet-7-2 --initial-channels 2";
    private const string Deeper = "densenet-10-2 --initial-channels 2 --deep-supervision 0.5";

    private static readonly string[] Pictures =
        ["family-parameters.svg", "family-multiply-adds.svg", "family-time.svg", "family-memory.svg"];

    private readonly TemporaryFolder _temporary = new();

    private string Output => _temporary.File("family");

    private CommandRun _run = null!;

    [OneTimeSetUp]
    public void TrainTwoModels()
    {
        TinyCifar.Write(_temporary.File("data"));
        _run = Family(Output, "--models", $"{Small},{Deeper}", "--epochs", "2", "--json");
        _run.AssertSucceeds();
    }

    [OneTimeTearDown]
    public void DeleteData() => _temporary.Dispose();

    [Test]
    public void Family_OfTwoModels_SaysOfEachWhatItCostsAndHowItErrs()
    {
        JsonElement document = JsonDocument.Parse(_run.Output).RootElement;
        JsonElement[] results = [.. document.GetProperty("results").EnumerateArray()];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                results.Select(result => result.GetProperty("model").GetString()), Is.EqualTo(new[] { Small, Deeper }));
            Assert.That(document.GetProperty("recipe").GetProperty("name").GetString(), Is.EqualTo("densenet"));
            foreach (JsonElement result in results)
            {
                JsonElement exit = result.GetProperty("exits").EnumerateArray().Single();
                Assert.That(
                    exit.GetProperty("multiplyAdds").GetInt64(),
                    Is.EqualTo(result.GetProperty("multiplyAdds").GetInt64()).And.Positive);
                Assert.That(result.GetProperty("epochs").GetInt32(), Is.EqualTo(2));
                Assert.That(result.GetProperty("isStopped").GetBoolean(), Is.False);
                Assert.That(
                    result.GetProperty("plannedTotalBytes").GetInt64(),
                    Is.GreaterThan(result.GetProperty("plannedPeakBytes").GetInt64()));
                Assert.That(
                    result.GetProperty("residentPeakBytes").GetInt64(),
                    Is.GreaterThan(result.GetProperty("plannedPeakBytes").GetInt64()));
                Assert.That(result.GetProperty("trainStepMilliseconds").GetDouble(), Is.Positive);
                Assert.That(result.GetProperty("evaluationMillisecondsPerImage").GetDouble(), Is.Positive);
            }
        }

        // Heads, which the second has in training, do not count.
        foreach ((JsonElement result, string model) in results.Zip([Small, Deeper]))
        {
            JsonElement described = CommandRun.Json($"describe --model {model}");
            foreach (string key in new[] { "parameters", "multiplyAdds" })
                Assert.That(result.GetProperty(key).GetInt64(), Is.EqualTo(described.GetProperty(key).GetInt64()));
        }
    }

    /// <summary>Exits are evaluated with the weights of the end, as the run did itself after its last epoch.</summary>
    [Test]
    public void Family_OfAModel_HasTheErrorOfItsRun()
    {
        JsonElement first = JsonDocument.Parse(_run.Output).RootElement.GetProperty("results")[0];
        string[] rows = File.ReadAllLines(Path.Combine(Output, "densenet-7-2_--initial-channels_2", "metrics.csv"));
        double accuracy = double.Parse(rows[^1].Split(',')[4], System.Globalization.CultureInfo.InvariantCulture);
        Assert.That(first.GetProperty("testError").GetDouble(), Is.EqualTo(1 - accuracy).Within(1e-12));
    }

    [Test]
    public void Family_WritesWellFormedFiles()
    {
        string page = File.ReadAllText(Path.Combine(Output, "family.md"));
        JsonNode written = JsonNode.Parse(File.ReadAllText(Path.Combine(Output, "family.json")))!;
        JsonNode printed = JsonNode.Parse(_run.Output)!;
        Assert.That(
            written.AsObject().Select(pair => pair.Key), Is.EqualTo(printed.AsObject().Select(pair => pair.Key)));
        Assert.That(JsonNode.DeepEquals(written["recipe"], printed["recipe"]));
        Assert.That(
            page, Does.Contain($"`{Small}`").And.Contain("recipe").IgnoreCase.And.Contain("(family.json)")
                .And.Contain("Commit").And.Contain("densenet bench family"));
        foreach (string picture in Pictures)
        {
            XDocument svg = XDocument.Load(Path.Combine(Output, picture));
            Assert.That(svg.Root!.Name.LocalName, Is.EqualTo("svg"));
            string[] texts = [.. svg.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value)];
            Assert.That(texts, Does.Contain(Small).And.Contain(Deeper).And.Contain("test error, %"), picture);
            Assert.That(page, Does.Contain($"({picture})"));
        }
    }

    [Test]
    public void Family_GivenAgain_TrainsNothingAgain()
    {
        string metrics = Path.Combine(Output, "densenet-7-2_--initial-channels_2", "metrics.jsonl");
        DateTime before = File.GetLastWriteTimeUtc(metrics);
        CommandRun again = Family(Output, "--models", $"{Small},{Deeper}", "--epochs", "2");
        again.AssertSucceeds();
        Assert.That(again.Error, Does.Contain($"{Small}: trained before"));
        Assert.That(again.Output, Does.StartWith("# A family of networks"));
        Assert.That(File.GetLastWriteTimeUtc(metrics), Is.EqualTo(before));
    }

    [Test]
    public void Family_WithOtherFlagsInTheSameFolder_IsRefused() =>
        Family(Output, "--models", Small, "--epochs", "3").AssertFails(
            ExitCode.Usage, "is of another run", "--epochs 3", "--epochs 2");

    [Test]
    public void Family_WithAModelLeftOut_WritesOfTheOthersAlone()
    {
        string output = _temporary.File("fewer");
        Family(output, "--models", $"{Small},{Deeper}", "--epochs", "1").AssertSucceeds();
        CommandRun fewer = Family(output, "--models", Deeper, "--epochs", "1");
        fewer.AssertSucceeds();
        Assert.That(fewer.Error, Does.Contain($"{Deeper}: trained before"));
        Assert.That(
            File.ReadAllText(Path.Combine(output, "family.md")), Does.Contain($"| `{Deeper}`").And.Not.Contain(Small));
    }

    [Test]
    public void Family_IntoAFolderOfSomethingElse_IsRefused()
    {
        string output = _temporary.File("taken");
        Directory.CreateDirectory(Path.Combine(output, "densenet-7-2"));
        File.WriteAllText(Path.Combine(output, "densenet-7-2", "notes"), "mine");
        Family(output, "--models", "densenet-7-2").AssertFails(ExitCode.Usage, "expected a new or empty folder");
    }

    [Test]
    public void Family_WithMaxMinutes_StopsAndSaysSo()
    {
        string output = _temporary.File("stopped");
        CommandRun run = Family(output, "--models", Small, "--epochs", "1000000", "--max-minutes", "0.003");
        run.AssertSucceeds();
        Assert.That(run.Output, Does.Contain("stopped by `--max-minutes`").And.Not.Contain("(0)"));
    }

    [Test]
    public void Family_WithMaxSteps_IsMarkedAsCutShort()
    {
        CommandRun run = Family(_temporary.File("steps"), "--models", Small, "--epochs", "2", "--max-steps", "1");
        run.AssertSucceeds();
        Assert.That(
            run.Output, Does.Contain($"`{Small}` \\*").And.Contain("stopped by `--max-steps` before the end of its 2")
                .And.Contain("at most 1 of 2 steps").And.Contain("after epoch 1,").And.Contain("`--memory slab`"));
    }

    [Test]
    public void Family_WithTrainingFlags_GivesThemToEveryRun()
    {
        string output = _temporary.File("flags");
        string flags = "--recipe resnet --epochs 2 --lr 0.05 --lr-milestones 1 --lr-warmup-epochs 1 --momentum 0.8 "
            + "--no-nesterov --wd 0.001 --lr-scheduler multistep --augment none --no-shuffle --max-steps 3 --seed 7 "
            + "--detect-anomaly";
        Family(output, ["--models", "densenet-7-2", .. flags.Split(' ')]).AssertSucceeds();
        JsonNode arguments = JsonNode.Parse(
            File.ReadAllText(Path.Combine(output, "densenet-7-2", "args.json")))!["arguments"]!;
        (string Name, string Value)[] expected =
        [
            ("recipe", "\"resnet\""), ("batch-size", "20"), ("lr", "0.05"), ("lr-milestones", "[1]"),
            ("lr-warmup-epochs", "1"), ("momentum", "0.8"), ("no-nesterov", "true"), ("wd", "0.001"),
            ("augment", "\"none\""), ("no-shuffle", "true"), ("max-steps", "3"), ("seed", "7"),
            ("detect-anomaly", "true"),
        ];
        foreach ((string name, string value) in expected)
        {
            Assert.That(
                arguments[name]!.ToJsonString(), Is.EqualTo($$"""{"value":{{value}},"from":"flag"}"""), name);
        }
    }

    /// <summary>Models of one input size share images: what is left out is said once, and by each training.</summary>
    [Test]
    public void Family_OfImagesThatCannotBeDecoded_SkipsThemOrFails()
    {
        using TemporaryFolder images = new();
        ImageFolderTests.WriteSet(images, each: 6);
        string damaged = images.File("train/a/1.png"), output = _temporary.File("damaged");
        File.WriteAllText(damaged, "text");
        CommandRun Run(string corrupt) => CommandRun.Of(
            "bench", "family", "--models", "densenet-7-2 --input-size 16,densenet-7-3 --input-size 16", "--data",
            images.FullName, "--epochs", "1", "--batch-size", "4", "--device", "reference", "--output", output,
            "--corrupt-images", corrupt);
        Run("fail").AssertFails(ExitCode.BadData, $"{damaged}: expected a PNG or JPEG file");
        Assert.That(Directory.Exists(output), Is.False);

        // What only decoding finds ends the process of a model.
        File.WriteAllBytes(damaged, PngDecoderTests.Png(4, 4, bits: 8, color: 2, data: [1, 2, 3]));
        CommandRun failed = Run("fail");
        Assert.That(failed.Code, Is.EqualTo(ExitCode.BadData), failed.Error);
        Assert.That(failed.Error.Split(damaged), Has.Length.EqualTo(2), failed.Error);
        Assert.That(failed.Error, Does.Contain("failed with exit code 3"));
        Directory.Delete(output, recursive: true);
        File.WriteAllText(damaged, "text");
        CommandRun skipped = Run("skip");
        skipped.AssertSucceeds();
        Assert.That(skipped.Output, Does.Contain("11 training and"));
        string left = $"densenet: left out: 1 of 12 image files cannot be used: {damaged}";
        string[] lines = [.. skipped.Error.Split('\n').Where(line => line.Contains(left, StringComparison.Ordinal))];
        Assert.That(lines, Has.Length.EqualTo(3));
        Assert.That(lines.Count(line => line.StartsWith(left, StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [TestCase("", "--models")]
    [TestCase("--models nothing", "densenet-bc-L-k", "'nothing'")]
    [TestCase("--models densenet-8-2", "3n + 4", "densenet: --models: expected a depth")]
    [TestCase("--models densenet-7-2 --max-minutes 0", "--max-minutes must be above 0")]
    [TestCase("--models densenet-7-2 --epochs 0", "--epochs must be at least 1")]
    [TestCase("--models densenet-7-2 --corrupt-images skip", "--corrupt-images skip: expected with image folders")]
    [TestCase("--models densenet-7-2 --recipe densnet", "--recipe", "did you mean 'densenet'")]
    public void Family_OfTheImpossible_IsOneSentenceAndUsage(string arguments, params string[] words)
    {
        string output = _temporary.File("impossible");
        CommandRun.Of($"bench family --output {output} {arguments}").AssertFails(ExitCode.Usage, words);
        Assert.That(Directory.Exists(output), Is.False);
    }

    [Test]
    public void Help_SaysTheRecipeThatIsTheDefault()
    {
        string help = string.Join(' ', CommandRun.Of("bench family --help").Output.Split(
            [' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries));
        Assert.That(help, Does.Contain("[default: densenet]").And.Not.Contain("the model's own"));
    }

    [Test]
    public void Models_WithAFlagThatIsNone_NamesIt() =>
        Family(_temporary.File("no-flag"), "--models", "densenet-7-2 --no-such-flag 3")
            .AssertFails(ExitCode.Usage, "--models: expected a model's name", "no-such-flag");

    private CommandRun Family(string output, params IEnumerable<string> flags) => CommandRun.Of([
        "bench", "family", "--data", _temporary.File("data"), "--batch-size", "20", "--device", "reference",
        "--output", output, .. flags]);
}
