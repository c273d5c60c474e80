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
            Assert.That(document.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "strategies" }));
            Assert.That(
                document.GetProperty("strategies").EnumerateArray().Select(s => s.GetProperty("name").GetString()),
                Is.EqualTo(MemoryStrategy.Ladder.Select(s => s.Name)));
            Assert.That(
                document.GetProperty("strategies")[0].EnumerateObject().Select(p => p.Name),
                Is.EquivalentTo(
                    new[] { "name", "peakBytes", "lowerBoundBytes", "categories", "recomputedMultiplyAdds" }));
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
            Assert.That(
                Bytes("parameter") + Bytes("parameterGradient") + Bytes("momentum") + Bytes("runningStatistics"),
                Is.EqualTo(session.Parameters.Bytes));
            Assert.That(Bytes("input"), Is.EqualTo(session.StepFor(5, true).Plan.BytesByRole[StorageRole.Input]));
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
            Does.Contain("peak (the arena)").And.Contain("outside it: momentum").And.Contain("share places"));
        Assert.That(CommandRun.Of("plan --help").Output, Does.Contain("lie outside it"));
    }

    [Test]
    public void Plan_OfScratchOfMoreThanTwoToThe31Elements_HasItsBytes()
    {
        JsonElement plan = CommandRun.Json(
            "plan --model densenet-bc-10-8000 --batch-size 1 --memory slab --device cpu");
        long scratch = plan.GetProperty("strategies")[0].GetProperty("categories").GetProperty("scratch").GetInt64();
        Assert.That(scratch, Is.GreaterThan(sizeof(float) * (long)int.MaxValue));
    }

    [TestCase("--batch-size 0", "batch-size")]
    [TestCase("--batch-size 2147483647", "1000000")]
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
