using System.Diagnostics;
using System.Text.Json;
using DenseNetRaw.Tests.Cuda.Kernels;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Scripts;

/// <summary>scripts/gpu-check.sh on the emulation, from a bundle that lies outside the repository.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed class GpuCheckTests
{
    private const long LargestBundle = 60L << 20;

    private TemporaryFolder _folder = null!;

    [OneTimeSetUp]
    public void MakeBundle()
    {
        Emulation.Require();
        string built = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        if (built != "release")
            Assert.Ignore($"a bundle has the release build, these tests are of the {built} one");
        _folder = new TemporaryFolder();
        string script = Path.Combine(RepositoryFolder.Find(), "scripts", "gpu-check.sh");
        (int code, string output) = Run(script, "--no-build", "bundle", _folder.File("gpu-check"));
        Assert.That(code, Is.Zero, output);
    }

    [OneTimeTearDown]
    public void DeleteBundle() => _folder?.Dispose();

    [Test]
    public void Bundle_OfThisBuild_FitsWhatCanBeCarried()
    {
        FileInfo[] files = new DirectoryInfo(_folder.File("gpu-check")).GetFiles();
        Assert.That(files.Select(f => f.Name), Is.EquivalentTo(new[] { "bundle.tar.gz", "gpu-check.sh" }));
        Assert.That(files.Sum(f => f.Length), Is.LessThan(LargestBundle));
    }

    /// <summary>PyTorch is not everywhere, and compute-sanitizer knows no emulation: those parts say so.</summary>
    [Test]
    public void Run_OnTheEmulation_LeavesResultsOfEveryPart()
    {
        string results = _folder.File("run");
        (int code, string output) = RunBundle("--output", results, "run");
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Match("skipped, so nothing is known of: .*sanitizer"));
        Dictionary<string, string> parts = Parts(results);
        Assert.Multiple(() =>
        {
            Assert.That(parts["tests"], Is.EqualTo("passed"));
            Assert.That(parts["kernels"], Is.EqualTo("passed"));
            Assert.That(parts["steps"], Is.EqualTo("passed"));
            Assert.That(parts["torch-eager:tiny:4"], Is.AnyOf("passed", "skipped"));
            Assert.That(parts["sanitizer"], Is.EqualTo("skipped"));
            Assert.That(parts["torch-compiled:tiny:4"], Is.AnyOf("passed", "skipped"));
            AssertLines(results, "tests", "result", "test", "milliseconds");
            AssertLines(results, "kernels", "command", "status", "seconds", "exitCode", "document");
            AssertLines(results, "steps", "command", "status", "seconds", "exitCode", "document");
            AssertLines(results, "sanitizer", "status", "reason");
            Assert.That(Directory.GetFiles(results), Has.Length.EqualTo(8), "as many as come back from a lent machine");
        });
        if (parts["torch-eager:tiny:4"] == "passed")
            AssertComparesWithPyTorch(results);
    }

    [Test]
    public void Part_ThatIsStopped_IsTimedOutAndTheOthersStay()
    {
        string results = _folder.File("stopped");
        (int first, string output) = RunBundle("--output", results, "sanitizer");
        Assert.That(first, Is.Zero, output);
        (int second, _) = RunBundle("--output", results, "--limit", "1", "steps");
        Assert.That(second, Is.EqualTo(1));
        Assert.That(
            Parts(results),
            Is.EqualTo(new Dictionary<string, string> { ["sanitizer"] = "skipped", ["steps"] = "timed out" }));
    }

    [TestCase("nonsense", "'nonsense' is no part")]
    [TestCase("--nonsense", "--nonsense is no flag")]
    public void Words_ThatItDoesNotKnow_AreWrongUsage(string word, string sentence)
    {
        (int code, string output) = RunBundle(word);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(output, Does.Contain(sentence));
    }

    private static void AssertComparesWithPyTorch(string results)
    {
        JsonElement[] lines = Lines(results, "torch-eager");
        JsonElement[] measured = [.. lines.Where(l => l.GetProperty("kind").GetString() == "measurement")];
        Assert.That(
            measured.Select(l => l.GetProperty("mode").GetString()),
            Is.EqualTo(new[]
            {
                "eager", "channels_last", "memory_efficient", "memory_efficient_channels_last", "cuda_graph", "slab",
                "slab-minimal",
            }));
        Assert.That(
            measured.Select(l => l.GetProperty("status").GetString()),
            Is.EqualTo(new[] { "ok", "ok", "ok", "ok", "skipped", "ok", "ok" }));
        Assert.That(lines[^1].GetProperty("speedup").GetDouble(), Is.Positive);
    }

    private static Dictionary<string, string> Parts(string results)
    {
        JsonElement summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(results, "summary.json"))).RootElement;
        Assert.That(summary.GetProperty("machine").GetProperty("emulated").GetBoolean(), Is.True);
        return summary.GetProperty("parts").EnumerateArray().ToDictionary(
            p => p.GetProperty("part").GetString()!, p => p.GetProperty("status").GetString()!);
    }

    private static JsonElement[] Lines(string results, string part) =>
    [
        .. File.ReadLines(Path.Combine(results, $"{part}.jsonl")).Select(line => JsonDocument.Parse(line).RootElement),
    ];

    private static void AssertLines(string results, string part, params string[] keys)
    {
        JsonElement[] lines = Lines(results, part);
        Assert.That(lines, Is.Not.Empty, part);
        foreach (JsonElement line in lines)
            Assert.That(line.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "part" }.Concat(keys)), part);
    }

    private (int Code, string Output) RunBundle(params string[] words) =>
        Run(_folder.File("gpu-check/gpu-check.sh"), ["--emulated", .. words]);

    /// <summary>Runs the script in the fixture's folder, where it also unpacks.</summary>
    private (int Code, string Output) Run(string script, params string[] words)
    {
        ProcessStartInfo start = new("bash", [script, .. words])
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["TMPDIR"] = _folder.FullName,
                ["OUT"] = null,
                ["EMULATION_LIBRARIES"] = Emulation.Folder,
                ["DENSENET_CUDA_LIBRARIES"] = null,
            },
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }
}
