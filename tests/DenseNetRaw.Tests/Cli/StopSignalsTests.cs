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
    private const int LongestWaitMilliseconds = 120_000;

    [TestCase("INT", ExitCode.Interrupted)]
    [TestCase("TERM", ExitCode.Terminated)]
    public void Train_SentASignal_SavesItsWeights(string signal, int exitCode)
    {
        using TemporaryFolder temporary = new();
        string data = TinyCifar.Write(temporary.File("data"));
        using Process run = Start([
            "train", .. CommandRun.TinyModel, "--data", data, "--batch-size", "4", "--epochs", "1000000",
            "--output-dir", temporary.File("run")]);
        try
        {
            // It prints a line when all is ready, and one after each epoch.
            while (run.StandardOutput.ReadLine() is { } line && !line.Contains("Acc@1", StringComparison.Ordinal))
            {
            }

            using Process kill = Process.Start("kill", [$"-{signal}", run.Id.ToString(CultureInfo.InvariantCulture)]);
            kill.WaitForExit();
            Assert.That(run.StandardOutput.ReadToEnd(), Does.Contain("stopped"));
            Assert.That(run.WaitForExit(LongestWaitMilliseconds));
            Assert.That(run.ExitCode, Is.EqualTo(exitCode));
        }
        finally
        {
            if (!run.HasExited)
                run.Kill();
        }

        Assert.That(TrainedModel.In(SafetensorsFile.Read(temporary.File("run/model.safetensors"))), Is.Not.Null);
    }

    private static Process Start(IEnumerable<string> arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "densenet.dll");
        ProcessStartInfo start = new("dotnet", [program, .. arguments]) { RedirectStandardOutput = true };
        return Process.Start(start)!;
    }
}
