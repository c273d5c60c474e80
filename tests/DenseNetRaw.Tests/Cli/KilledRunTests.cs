using System.Text.Json;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

/// <summary>Runs in processes of their own that are killed while they save.</summary>
[Platform(Exclude = "Win", Reason = "Windows has no kill command.")]
public sealed class KilledRunTests
{
    private const int Seed = 20261122;

    /// <summary>
    /// A line of step k + 1 says that the checkpoint of step k is saved: it may never be lost, and none may be damaged.
    /// </summary>
    [Test]
    public void Train_KilledWhileItSaves_LosesNoCheckpoint()
    {
        using TemporaryFolder temporary = new();
        string data = TinyCifar.Write(temporary.File("data")), folder = temporary.File("run");
        CheckpointFolder checkpoints = new(folder);
        Random random = new(Seed);
        int kills = LongForm.Count(4, 100), midWrite = 0;
        for (int i = 0; i < kills; i++)
        {
            using (ChildRun run = new(folder, data, [], "--checkpoint-every", "1"))
            {
                run.WaitForSteps(TimeSpan.FromMilliseconds(random.Next(60)));
                run.Send("KILL");
                run.WaitForEnd();
                Assert.That(run.Error, Is.Empty);
            }

            if (Directory.Exists(checkpoints.FullName))
                midWrite += Directory.EnumerateDirectories(checkpoints.FullName, "*.partial").Any() ? 1 : 0;
            long[] saved = [.. checkpoints.Folders.Select(path => Checkpoint.Open(path).Step)];
            Assert.That(saved.LastOrDefault(), Is.GreaterThanOrEqualTo(StepsIn(folder).LastOrDefault() - 1));
        }

        TestContext.Out.WriteLine($"{kills} kills, {midWrite} of them while a checkpoint was written or deleted");
        long[] steps = [.. StepsIn(folder)];
        Assert.That(steps, Is.EqualTo(Enumerable.Range(1, steps.Length)));
    }

    private static IEnumerable<long> StepsIn(string folder)
    {
        // A killed process may leave half a line.
        foreach (string line in File.ReadLines(Path.Combine(folder, RunFolder.MetricsFile)).Where(l => l.EndsWith('}')))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            if (json.RootElement.TryGetProperty("step", out JsonElement step))
                yield return step.GetInt64();
        }
    }
}
