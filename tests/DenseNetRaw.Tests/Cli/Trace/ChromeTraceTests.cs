using System.IO.Compression;
using System.Text.Json.Nodes;
using DenseNetRaw.Cli;
using DenseNetRaw.Tests.Cuda.Kernels;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli.Trace;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ChromeTraceTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [TestCase("reference", "step.json")]
    [TestCase("cpu", "step.json.gz")]
    public void Chrome_OfAStep_HasTracksWithoutOverlapsAndACounter(string device, string name)
    {
        JsonNode[] events = Trace(device, name);
        JsonNode[] slices = [.. events.Where(e => Text(e, "ph") == "X")];
        JsonNode[] counters = [.. events.Where(e => Text(e, "ph") == "C")];
        Assert.Multiple(() =>
        {
            Assert.That(
                events.Where(e => Text(e, "name") == "thread_name").Select(e => Text(e["args"]!, "name")),
                Is.EqualTo(new[] { "forward", "replay", "backward", "optimiser" }));
            Assert.That(slices.Select(e => Number(e, "dur")), Is.All.GreaterThanOrEqualTo(0));
            Assert.That(slices.Select(e => Text(e, "cat")).Distinct().Count(), Is.EqualTo(4));
            Assert.That(slices.Sum(e => Number(e["args"]!, "multiplyAdds")), Is.Positive);
            Assert.That(counters, Has.Length.EqualTo(slices.Length - 1));
            Assert.That(
                counters.Select(e => e["args"]!.AsObject().Sum(c => c.Value!.GetValue<double>())), Is.All.Positive);
            foreach (IGrouping<double, JsonNode> track in slices.GroupBy(e => Number(e, "tid")))
                AssertNoOverlap([.. track]);
        });
    }

    [Test]
    public void Chrome_OnTheEmulatedGpu_TimesEveryCall()
    {
        Assume.That(Emulation.FolderIfBuilt(), Is.Not.Null, "needs the emulation: tests/emulation/build.sh");
        Assert.That(Trace("cuda", "gpu.json").Count(e => Text(e, "ph") == "X"), Is.GreaterThan(20));
    }

    [Test]
    public void Chrome_IntoAFileOfAnotherKind_IsRefused() =>
        CommandRun.Of("trace", "--chrome", _temporary.File("step.txt"))
            .AssertFails(ExitCode.Usage, "--chrome", ".json.gz");

    private JsonNode[] Trace(string device, string name)
    {
        string file = _temporary.File(name);
        CommandRun.Of(
            "trace", "--model", "densenet-bc-10-4", "--batch-size", "2", "--memory", "slab-minimal", "--device", device,
            "--chrome", file).AssertSucceeds();
        using FileStream stream = File.OpenRead(file);
        using Stream json = name.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(stream, CompressionMode.Decompress)
            : stream;
        return [.. JsonNode.Parse(json)!["traceEvents"]!.AsArray().Select(e => e!)];
    }

    private static void AssertNoOverlap(JsonNode[] slices)
    {
        for (int i = 1; i < slices.Length; i++)
        {
            double end = Number(slices[i - 1], "ts") + Number(slices[i - 1], "dur");
            Assert.That(Number(slices[i], "ts"), Is.GreaterThanOrEqualTo(end - 1e-6));
        }
    }

    private static string Text(JsonNode json, string name) => json[name]!.GetValue<string>();

    private static double Number(JsonNode json, string name) => json[name]!.GetValue<double>();
}
