using System.Text.Json;
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Cli;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

public sealed class PlanCommandTests
{
    private const string Model = "plan --model densenet-bc-22-8 --batch-size 5 --device reference";

    [Test]
    public void Plan_AsJson_HasEveryStrategyAndNothingElse()
    {
        JsonElement document = CommandRun.Json(Model);
        Assert.Multiple(() =>
        {
            Assert.That(
                document.EnumerateObject().Select(p => p.Name),
                Is.EqualTo(new[] { "model", "batchSize", "device", "precision", "strategies" }));
            Assert.That(document.GetProperty("model").GetString(), Is.EqualTo("densenet-bc-22-8"));
            Assert.That(document.GetProperty("batchSize").GetInt32(), Is.EqualTo(5));
            Assert.That(document.GetProperty("device").GetString(), Is.EqualTo("reference"));
            Assert.That(
                document.GetProperty("strategies").EnumerateArray().Select(s => s.GetProperty("name").GetString()),
                Is.EqualTo(MemoryStrategy.Ladder.Select(s => s.Name)));
            Assert.That(
                document.GetProperty("strategies")[0].EnumerateObject().Select(p => p.Name),
                Is.EquivalentTo(
                    new[]
                    {
                        "name", "peakBytes", "lowerBoundBytes", "totalBytes", "categories", "recomputedMultiplyAdds",
                        "recomputedBytes",
                    }));
        });
    }

    [TestCaseSource(nameof(Strategies))]
    public void Plan_OfAStrategy_IsThePlanThatIsPlayed(string memory)
    {
        JsonElement strategy = CommandRun.Json($"{Model} --memory {memory}").GetProperty("strategies")[0];
        using ReferenceBackend backend = new();
        using Session session = new(
            new DenseNet(DenseNetConfiguration.Named("densenet-bc-22-8")), backend,
            new SessionSettings { TrainingBatchSizes = [5], Memory = MemoryStrategy.Named(memory) });
        JsonElement categories = strategy.GetProperty("categories");
        long Bytes(string category) => categories.GetProperty(category).GetInt64();
        Assert.Multiple(() =>
        {
            Assert.That(strategy.GetProperty("peakBytes").GetInt64(), Is.EqualTo(session.Plan.PeakBytes));
            Assert.That(strategy.GetProperty("totalBytes").GetInt64(), Is.EqualTo(session.Plan.TotalBytes));
            Assert.That(
                strategy.GetProperty("recomputedBytes").GetInt64(),
                Is.EqualTo(session.StepFor(5, true).Plan.RecomputedBytes));
            Assert.That(
                Bytes("parameter") + Bytes("parameterGradient") + Bytes("momentum") + Bytes("runningStatistics"),
                Is.EqualTo(session.Parameters.Bytes));
            Assert.That(Bytes("input"), Is.EqualTo(session.StepFor(5, true).Plan.BytesByRole[StorageRole.Input]));
        });
    }

    [TestCase("reference")]
    [TestCase("cpu")]
    public void Plan_OfEveryStrategy_HasCategoriesThatSumToTheLowerBoundOrForNaiveToThePeak(string device)
    {
        string[] outside = ["parameter", "parameterGradient", "momentum", "runningStatistics"];
        JsonElement document = CommandRun.Json($"plan --model densenet-bc-22-8 --batch-size 5 --device {device}");
        Assert.Multiple(() =>
        {
            foreach (JsonElement strategy in document.GetProperty("strategies").EnumerateArray())
            {
                Assert.That(
                    strategy.GetProperty("categories").EnumerateObject().Select(category => category.Name),
                    Is.EqualTo(Enum.GetValues<StorageRole>().Select(Categories.Key)));
                string name = strategy.GetProperty("name").GetString()!;
                long peak = strategy.GetProperty("peakBytes").GetInt64();
                long lowerBound = strategy.GetProperty("lowerBoundBytes").GetInt64();
                ILookup<bool, long> bytes = strategy.GetProperty("categories").EnumerateObject()
                    .ToLookup(category => outside.Contains(category.Name), category => category.Value.GetInt64());
                long expected = name == MemoryStrategy.Naive.Name ? peak : lowerBound;
                Assert.That(bytes[false].Sum(), Is.EqualTo(expected), name);
                Assert.That(
                    strategy.GetProperty("totalBytes").GetInt64(), Is.EqualTo(peak + bytes[true].Sum()), name);
            }
        });
    }

    [Test]
    public void Plan_OfStrategiesThatKeepLess_PeaksLower()
    {
        JsonElement strategies = CommandRun.Json(Model).GetProperty("strategies");
        long[] peaks = [.. strategies.EnumerateArray().Select(s => s.GetProperty("peakBytes").GetInt64())];
        Assert.That(peaks, Is.Ordered.Descending);
        Assert.That(
            strategies[strategies.GetArrayLength() - 1].GetProperty("recomputedMultiplyAdds").GetInt64(), Is.Positive);
    }

    [Test]
    public void Plan_AsTable_SaysWhatItsNumbersMean()
    {
        CommandRun run = CommandRun.Of(Model);
        Assert.That(
            run.Output,
            Does.Contain("peak (the arena)").And.Contain("outside: optimiser state").And.Contain("fullest call"));
        Assert.That(CommandRun.Of("plan --help").Output, Does.Contain("lie outside the arena"));
    }

    [Test]
    public void Plan_AsTableOfEveryStrategy_FitsInto100Columns()
    {
        string[] table = [.. CommandRun.Of("plan").Output.Split('\n').TakeWhile(line => !line.StartsWith("densenet"))];
        Assert.That(table, Has.Some.Contains("slab"));
        Assert.That(table.Select(line => line.TrimEnd().Length), Is.All.LessThanOrEqualTo(100));
    }

    [Test]
    public void Plan_WithATimeline_WritesDataAndPictureOfEveryStrategyAndSaysWhere()
    {
        using TemporaryFolder folder = new();
        CommandRun run = CommandRun.Of($"{Model} --timeline {folder.File("new")}");
        run.AssertSucceeds();
        Assert.That(run.Output, Does.Contain(folder.File("new")));
        Assert.That(
            Directory.GetFiles(folder.File("new")).Select(Path.GetFileName),
            Is.EquivalentTo(Strategies.SelectMany(
                name => new[] { $"timeline-{name}.json", $"timeline-{name}.svg" })));
    }

    [Test]
    public void Plan_AsJsonWithATimeline_PrintsOneDocumentAndNothingElse()
    {
        using TemporaryFolder folder = new();
        JsonElement document = CommandRun.Json($"{Model} --memory slab --timeline {folder.FullName}");
        Assert.That(document.GetProperty("strategies").GetArrayLength(), Is.EqualTo(1));
        Assert.That(Directory.GetFiles(folder.FullName), Has.Length.EqualTo(2));
    }

    [Test]
    public void Plan_WithATimelineWhereAFileIs_NamesItAndLeavesItAlone()
    {
        using TemporaryFolder folder = new();
        string file = folder.File("taken");
        File.WriteAllText(file, "mine");
        CommandRun.Of($"{Model} --timeline {file}").AssertFails(ExitCode.Failure, file, "--timeline");
        Assert.That(File.ReadAllText(file), Is.EqualTo("mine"));
    }

    [Test]
    public void Plan_WithATimelineThatCannotBeReplaced_LeavesNothingHalfWritten()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("timeline-slab.json"));
        CommandRun.Of($"{Model} --memory slab --timeline {folder.FullName}").AssertFails(
            ExitCode.Failure, folder.FullName);
        Assert.That(Directory.GetFiles(folder.FullName), Is.Empty);
    }

    [Test]
    public void Plan_WithATimelineInNoFolder_IsWrongUsage() =>
        CommandRun.Of([.. Model.Split(' '), "--timeline", " "]).AssertFails(ExitCode.Usage, "--timeline", "folder");

    [Test]
    public void Plan_OfAWorkspaceOfMoreThanTwoToThe31Elements_HasItsBytes()
    {
        JsonElement plan = CommandRun.Json(
            "plan --model densenet-bc-10-8000 --batch-size 1 --memory slab --device cpu");
        JsonElement categories = plan.GetProperty("strategies")[0].GetProperty("categories");
        Assert.That(categories.GetProperty("workspace").GetInt64(), Is.GreaterThan(sizeof(float) * (long)int.MaxValue));
    }

    [TestCase("--batch-size 0", "batch-size")]
    [TestCase("--batch-size 2147483647", "1,000,000")]
    [TestCase("--threads 0", "threads")]
    [TestCase("--threads 100000", "1024")]
    [TestCase("--block-config 1000000000,1,1", "channels")]
    [TestCase("--growth-rate 2000000000", "channels")]
    [TestCase("--classes 2000000000", "classes")]
    [TestCase("--input-size 100000", "8192")]
    [TestCase("--input-size 32,32,32", "32,32,32")]
    [TestCase("--memory all", "'all'")]
    [TestCase("--model densenet-bc-23-8", "6n + 4")]
    public void Plan_OfTheImpossible_IsOneSentenceAndUsage(string arguments, string named)
    {
        CommandRun run = CommandRun.Of($"plan {arguments}");
        Assert.That(run.Code, Is.EqualTo(2));
        Assert.That(run.Error.Trim(), Does.Contain(named).And.Not.Contain("\n"));
        Assert.That(run.Output, Is.Empty);
    }

    private static IEnumerable<string> Strategies => MemoryStrategy.Ladder.Select(strategy => strategy.Name);

    [Test]
    public void Plan_OfABatchThatIsNoNumber_SaysSoInWords() =>
        CommandRun.Of("plan --batch-size many").AssertFails(ExitCode.Usage, "--batch-size", "many", "a whole number");
}
