using System.Text.Json;
using System.Xml.Linq;
using DenseNetRaw.Cli;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli.Benchmarks;

public sealed class MemoryBenchCommandTests
{
    private const string Tiny =
        "bench memory --growth-rate 4 --batch-size 2 --depths 10,16 --measured-depths 10 --strategies naive,slab "
        + "--model densenet-bc-10-4 --rounds 1 --threads 2";

    private static readonly string[] DocumentKeys =
    [
        "date", "commit", "command", "machine", "loadAverage", "growthRate", "results", "exponents", "times",
    ];

    [Test]
    public void Memory_OfTinyNetworks_WritesWellFormedFiles()
    {
        using TemporaryFolder temporary = new();
        JsonElement printed = CommandRun.Json($"{Tiny} --output {temporary.FullName}");
        string date = printed.GetProperty("date").GetString()!;
        JsonElement written = JsonDocument.Parse(File.ReadAllText(temporary.File($"{date}-memory.json"))).RootElement;
        string page = File.ReadAllText(temporary.File($"{date}-memory.md"));
        Assert.Multiple(() =>
        {
            Assert.That(printed.EnumerateObject().Select(p => p.Name), Is.EquivalentTo(DocumentKeys));
            Assert.That(JsonElement.DeepEquals(printed, written));
            Assert.That(page, Does.Contain("`naive`").And.Contain("depth 16").And.Contain($"({date}-memory.json)"));
            foreach (string picture in new[] { "memory-against-depth.svg", "time-per-strategy.svg" })
            {
                Assert.That(XDocument.Load(temporary.File(picture)).Root!.Name.LocalName, Is.EqualTo("svg"));
                Assert.That(page, Does.Contain($"({picture})"));
            }

            Assert.That(Directory.GetFiles(temporary.FullName), Has.Length.EqualTo(4));
        });
    }

    [Test]
    public void Memory_AsJson_HasEveryDepthAndStrategy()
    {
        using TemporaryFolder temporary = new();
        JsonElement document = CommandRun.Json($"{Tiny} --output {temporary.FullName}");
        JsonElement[] results = [.. document.GetProperty("results").EnumerateArray()];
        JsonElement[] times = [.. document.GetProperty("times").EnumerateArray()];
        Assert.Multiple(() =>
        {
            Assert.That(
                results.Select(r => (r.GetProperty("depth").GetInt32(), r.GetProperty("memory").GetString())),
                Is.EqualTo(new[] { (10, "naive"), (10, "slab"), (16, "naive"), (16, "slab") }));
            Assert.That(
                results[0].GetProperty("measured").GetProperty("arenaBytes").GetInt64(),
                Is.EqualTo(results[0].GetProperty("peakBytes").GetInt64()));
            Assert.That(results[3].GetProperty("measured").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(
                times.Select(t => t.GetProperty("memory").GetString()), Is.EqualTo(new[] { "naive", "slab" }));
            Assert.That(times[0].GetProperty("ratio").GetDouble(), Is.EqualTo(1));
            Assert.That(times[1].GetProperty("milliseconds").GetDouble(), Is.Positive);
            Assert.That(document.GetProperty("exponents").GetArrayLength(), Is.EqualTo(2));
        });
    }

    [TestCase("--depths 35", "6n + 4")]
    [TestCase("--depths 34;64", "34;64")]
    [TestCase("--growth-rate 0", "growth-rate")]
    [TestCase("--rounds 0", "rounds")]
    [TestCase("--strategies slab,all", "'all'")]
    [TestCase("--strategies auto", "budget")]
    [TestCase("--model densenet", "densenet-bc-L-k")]
    public void Memory_OfTheImpossible_IsOneSentenceAndUsage(string arguments, string named)
    {
        using TemporaryFolder temporary = new();
        CommandRun.Of($"bench memory --output {temporary.File("results")} {arguments}")
            .AssertFails(ExitCode.Usage, named);
        Assert.That(Directory.GetFileSystemEntries(temporary.FullName), Is.Empty);
    }

    [Test]
    public void Memory_OfStepsThatNoMachineHasRoomFor_IsRefusedBeforeAnythingIsMeasured()
    {
        using TemporaryFolder temporary = new();
        CommandRun.Of(
            "bench memory --strategies naive,slab --model densenet-bc-10-4 --batch-size 1000000 "
            + $"--output {temporary.File("results")}").AssertFails(
                ExitCode.OutOfMemory, "densenet-bc-10-4 on a batch of 1000000 need", "together", "--strategies");
        Assert.That(Directory.GetFileSystemEntries(temporary.FullName), Is.Empty);
    }

    [Test]
    public void Memory_OfOneDepthThatIsNotMeasured_LeavesOutWhatItDoesNotKnow()
    {
        using TemporaryFolder temporary = new();
        CommandRun run = CommandRun.Of([
            "bench", "memory", "--growth-rate", "4", "-b", "2", "--depths", "10", "--measured-depths", "none",
            "--strategies", "naive, slab", "--model", "densenet-bc-10-4", "--rounds", "1", "--output",
            temporary.FullName,
        ]);
        run.AssertSucceeds();
        Assert.That(
            run.Output, Does.Contain("## Planned").And.Contain("## Time of a step").And.Contain(": 1 round of"));
        Assert.That(run.Output, Does.Not.Contain("## Measured").And.Not.Contain("Exponent"));
    }

    [Test]
    public void Memory_IntoAFolderThatCannotBe_NamesItAndTheFlag()
    {
        using TemporaryFolder temporary = new();
        string file = temporary.File("taken");
        File.WriteAllText(file, "mine");
        CommandRun.Of($"{Tiny} --output {file}").AssertFails(
            ExitCode.Failure, $"{file}: expected a folder that --output can write to");
        CommandRun.Of([.. Tiny.Split(' '), "--output", " "]).AssertFails(ExitCode.Usage, "--output", "name");
        Assert.That(File.ReadAllText(file), Is.EqualTo("mine"));
    }

    [Test]
    public void Bench_WithAnUnknownFlag_NamesTheWholeCommand() =>
        CommandRun.Of("bench memory --no-such-flag")
            .AssertFails(ExitCode.Usage, "--no-such-flag", "densenet bench memory --help");
}
