using System.Globalization;
using DenseNetRaw.Cli;
using DenseNetRaw.Serialization;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

/// <summary>Runs in processes of their own that are sent signals.</summary>
[Platform(Exclude = "Win", Reason = "Windows has no kill command.")]
public sealed class StopSignalsTests
{
    private const int Seed = 20261122;
    private static readonly (string Name, int ExitCode)[] Signals =
        [("TERM", ExitCode.Terminated), ("INT", ExitCode.Interrupted), ("USR1", 0), ("HUP", ExitCode.HungUp)];

    [Test]
    public void Train_SentASignalAtAnyTime_SavesACheckpointOfItsLastStep()
    {
        using TemporaryFolder temporary = new();
        string data = TinyCifar.Write(temporary.File("data")), folder = temporary.File("run");
        Random random = new(Seed);
        int count = LongForm.Count(4, 30);
        for (int i = 0; i < count; i++)
        {
            (string signal, int exitCode) = Signals[i % Signals.Length];
            string every = random.Next(3).ToString(CultureInfo.InvariantCulture);
            using ChildRun run = new(folder, data, [], "--checkpoint-every", every);
            run.WaitForSteps(TimeSpan.FromMilliseconds(random.Next(100)));
            run.Send(signal);
            Assert.That(run.WaitForEnd(), Is.EqualTo(exitCode), run.Error);
            Assert.That(run.Output, Does.Contain("stopped").And.Contain($"--resume {folder}"));
            AssertSavedItsLastStep(folder);
        }

        Assert.That(TrainedModel.In(SafetensorsFile.Read(temporary.File("run/model.safetensors"))), Is.Not.Null);
    }

    /// <summary>System.CommandLine would end the process two seconds after a signal.</summary>
    [Test]
    public void Train_WhoseSavingTakesLong_IsGivenTheTime()
    {
        string[] tracer = Slow(microseconds: LongForm.Count(400_000, 1_000_000));
        using TemporaryFolder temporary = new();
        string data = TinyCifar.Write(temporary.File("data")), folder = temporary.File("run");
        using ChildRun run = new(folder, data, tracer, "--checkpoint-every", "0");
        run.WaitForSteps(TimeSpan.Zero);
        run.Send("TERM");
        Assert.That(run.WaitForEnd(), Is.EqualTo(ExitCode.Terminated), run.Error);
        AssertSavedItsLastStep(folder);
    }

    [Test]
    public void Train_SentASecondSignal_EndsAtOnce()
    {
        string[] tracer = Slow(microseconds: 600_000);
        using TemporaryFolder temporary = new();
        string data = TinyCifar.Write(temporary.File("data")), folder = temporary.File("run");
        using ChildRun run = new(folder, data, tracer, "--checkpoint-every", "0");
        run.WaitForSteps(TimeSpan.Zero);
        run.Send("USR1");
        CheckpointFolder checkpoints = new(folder);
        while (!run.HasEnded && !Directory.Exists(checkpoints.FullName))
            Thread.Sleep(5);
        run.Send("TERM");
        Assert.That(run.WaitForEnd(), Is.EqualTo(ExitCode.Terminated), run.Error);
        Assert.That(checkpoints.Folders, Is.Empty);
    }

    /// <summary>A tracer that keeps every fsync waiting.</summary>
    private static string[] Slow(int microseconds)
    {
        string[] tracer = Tracer.Words("/dev/null", "fsync");
        string delay = microseconds.ToString(CultureInfo.InvariantCulture);
        return [.. tracer, "-e", $"inject=fsync:delay_enter={delay}"];
    }

    private static void AssertSavedItsLastStep(string folder)
    {
        long newest = Checkpoint.Open(new CheckpointFolder(folder).Folders[^1]).Step;
        string metrics = Path.Combine(folder, RunFolder.MetricsFile);
        string last = File.ReadLines(metrics).Last(line => line.Contains("\"step\""));
        Assert.That(last, Does.Contain($"\"step\":{newest},"));
    }
}
