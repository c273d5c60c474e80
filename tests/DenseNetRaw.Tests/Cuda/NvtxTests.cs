using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using DenseNetRaw.Cli;
using DenseNetRaw.Cuda.Libraries;
using DenseNetRaw.Tests.Cli;
using DenseNetRaw.Tests.Cuda.Kernels;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>The ranges that <c>--nvtx</c> marks, as the emulation's stand-in for NVTX writes them down.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class NvtxTests
{
    private const string Library = "libnvToolsExt.so.1";

    [Test]
    public void Train_WithNvtx_NestsEpochsStepsPassesAndCalls()
    {
        Require();
        using TemporaryFolder folder = new();
        Take();
        Train(folder, "--nvtx").AssertSucceeds();
        string ranges = Take();

        // Three epochs of two steps of ten images and an evaluation of ten and of one.
        Assert.That(ranges, Does.Match("^(<epoch(<step.*?)+>){3}$"));
        string[] steps = [.. Regex.Matches(ranges, "<(?=step|evaluation step)").Select(match => Inner(ranges, match))];
        string[] training = [.. steps.Where(step => step.StartsWith("step", StringComparison.Ordinal))];
        Assert.That(training, Has.Length.EqualTo(6));
        Assert.That(steps, Has.Length.EqualTo(12));
        Assert.That(training[0], Does.Match(@"^step<forward(<[^<>]+>)+><backward(<[^<>]+>)+><optimiser>$"));
        Assert.That(training[0], Does.Contain("<Convolution features.dense"));
        Assert.That(training[0], Does.Contain("<SoftmaxCrossEntropyBackward loss>"));
        Assert.That(steps[2], Does.Match(@"^evaluation step<forward(<[^<>]+>)+>$"));
        Assert.That(training[^1], Is.EqualTo("step"), "one graph");
    }

    [Test]
    public void BenchStep_WithNvtx_MarksSteps()
    {
        Require();
        Take();
        CommandRun.Of([
            "bench", "step", "--model", "densenet-7-2", "--initial-channels", "2", "--device", "cuda", "--workspace",
            $"{TestBackend.WorkspaceBytes >> 20}MiB", "--batch-size", "2", "--steps", "1", "--warm-up", "1", "--mode",
            "train", "--nvtx"]).AssertSucceeds();
        Assert.That(Take(), Does.Contain("<step<forward<").And.EndWith(">"));
    }

    [Test]
    public void Train_WithoutNvtx_MarksNothing()
    {
        Require();
        using TemporaryFolder folder = new();
        Take();
        Train(folder).AssertSucceeds();
        Assert.That(Take(), Is.Empty);
    }

    [TestCase("train", "--batch-size", "8", "--data")]
    [TestCase("bench step")]
    public void Nvtx_OnAnotherDevice_IsWrongUsage(string command, params string[] flags)
    {
        using TemporaryFolder folder = new();
        string[] data = flags.Length > 0 ? [.. flags, TinyCifar.Write(folder.File("data"))] : [];
        CommandRun.Of([.. command.Split(' '), .. data, "--device", "cpu", "--nvtx"])
            .AssertFails(ExitCode.Usage, "--nvtx: of the cuda device alone");
    }

    [Test]
    public void Nvtx_WithoutItsLibrary_IsASentenceAndTheRunGoesOn()
    {
        Require();
        using TemporaryFolder folder = new();
        string libraries = Directory.CreateDirectory(folder.File("libraries")).FullName;
        foreach (string file in Directory.GetFiles(Emulation.Folder, "lib*.so*"))
        {
            if (Path.GetFileName(file) != Library)
                File.CreateSymbolicLink(Path.Combine(libraries, Path.GetFileName(file)), file);
        }

        LibraryPlaces places = new(
            name => name == LibraryPlaces.Variable ? null : Environment.GetEnvironmentVariable(name));
        Assume.That(
            places.For(CudaLibrary.Nvrtc)
                .Any(place => place.Folder is not null && File.Exists(Path.Combine(place.Folder, Library))),
            Is.False, "this machine has NVTX");
        CommandRun run = CommandRun.InAProcess(libraries, TrainArguments(folder, "--nvtx", "--max-steps", "1"));
        run.AssertSucceeds();
        Assert.That(run.Error, Does.Contain($"--nvtx: {Library} is not found, so nothing is marked"));
    }

    private static void Require()
    {
        Emulation.Require();
        Assume.That(
            Environment.GetEnvironmentVariable(LibraryPlaces.Variable), Does.Contain(Emulation.Folder),
            "the device is a real one");
    }

    private static CommandRun Train(TemporaryFolder folder, params IEnumerable<string> flags) =>
        CommandRun.Of(TrainArguments(folder, flags));

    private static string[] TrainArguments(TemporaryFolder folder, params IEnumerable<string> flags) =>
    [
        "train", "--model", "densenet-7-2", "--initial-channels", "2", "--device", "cuda", "--workspace",
        $"{TestBackend.WorkspaceBytes >> 20}MiB", "--data", TinyCifar.Write(folder.File("data")), "--batch-size", "10",
        "--epochs", "3", "--output-dir", folder.File("run"), .. flags,
    ];

    /// <summary>What stands between the bracket at a match and the one that ends it.</summary>
    private static string Inner(string ranges, Match at)
    {
        int depth = 0, end = at.Index;
        do
        {
            depth += ranges[end] switch { '<' => 1, '>' => -1, _ => 0 };
            end++;
        }
        while (depth > 0);
        return ranges[(at.Index + 1)..(end - 1)];
    }

    private static unsafe string Take()
    {
        nint library = NativeLibrary.Load(Path.Combine(Emulation.Folder, Library));
        nint function = NativeLibrary.GetExport(library, "emulated_nvtx_take");
        byte[] text = new byte[1 << 20];
        fixed (byte* bytes = text)
        {
            nuint length = ((delegate* unmanaged<byte*, nuint, nuint>)function)(bytes, (nuint)text.Length);
            Assert.That(length, Is.LessThan((nuint)text.Length));
            return Encoding.UTF8.GetString(text, 0, (int)length);
        }
    }
}
