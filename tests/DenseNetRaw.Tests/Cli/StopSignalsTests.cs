using System.Diagnostics;
using System.Globalization;
using DenseNetRaw.Cli;
using DenseNetRaw.Serialization;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

/// <summary>A run in a process of its own that is sent a signal.</summary>
[Platform(Exclude = "Win", Reason = "Windows has no kill command.")]
public sealed class StopSignalsTests
{
    /// <summary>A run that hears no signal would go on for days; killed, it fails the test.</summary>
    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(2);

    [TestCase("INT", ExitCode.Interrupted)]
    [TestCase("TERM", ExitCode.Terminated)]
    public void Train_SentASignal_SavesItsWeights(string signal, int exitCode)
    {
        using TemporaryFolder temporary = new();
        string data = TinyCifar.Write(temporary.File("data"));
        using Process run = Start([
            "train", .. CommandRun.TinyModel, "--data", data, "--batch-size", "4", "--epochs", "1000000",
            "--output-dir", temporary.File("run")]);
        using Timer deadline = new(_ => run.Kill(), null, LongestRun, Timeout.InfiniteTimeSpan);
        try
        {
            // It prints a line when all is ready, and one after each epoch.
            while (run.StandardOutput.ReadLine() is { } line && !line.Contains("Acc@1", StringComparison.Ordinal))
            {
            }

            using Process kill = Process.Start("kill", [$"-{signal}", run.Id.ToString(CultureInfo.InvariantCulture)]);
            kill.WaitForExit();
            Assert.That(run.StandardOutput.ReadToEnd(), Does.Contain("stopped"));
            run.WaitForExit();
            Assert.That(run.ExitCode, Is.EqualTo(exitCode));
        }
        finally
        {
            if (!run.HasExited)
                run.Kill();
        }

        Assert.That(TrainedModel.In(SafetensorsFile.Read(temporary.File("run/model.safetensors"))), Is.Not.Null);
    }

    /// <summary>
    /// A shell that starts the tests in the background has SIGINT ignored, and children inherit that, as they should;
    /// GNU env undoes it.
    /// </summary>
    private static Process Start(IEnumerable<string> arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "densenet.dll");
        ProcessStartInfo start = OperatingSystem.IsLinux()
            ? new("env", ["--default-signal=INT,TERM", "dotnet", program, .. arguments])
            : new("dotnet", [program, .. arguments]);
        start.RedirectStandardOutput = true;
        return Process.Start(start)!;
    }
}
