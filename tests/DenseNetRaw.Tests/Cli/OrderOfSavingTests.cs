using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

/// <summary>
/// The order of system calls in which a checkpoint outlives a loss of power, which no test can bring about: files are
/// flushed, then the names in their folder, the folder is renamed, that name is flushed, and only then others go.
/// </summary>
[Platform("Linux")]
public sealed class OrderOfSavingTests
{
    private const string Temporary = ".partial";

    [Test]
    public void Train_ThatSavesCheckpoints_FlushesBeforeItRenamesAndDeletes()
    {
        using TemporaryFolder temporary = new();
        string log = temporary.File("log");
        string[] tracer = Tracer.Words(log, "write,pwrite64,fsync,mkdir,mkdirat,rename,renameat,renameat2");
        using ChildRun run = new(
            temporary.File("run"), TinyCifar.Write(temporary.File("data")), tracer, "--checkpoint-every", "1",
            "--max-steps", "4");
        Assert.That(run.WaitForEnd(), Is.Zero, run.Error);
        string checkpoints = temporary.File("run/checkpoints");
        string[] all = File.ReadAllLines(log);
        AssertNameIsFlushed(all, temporary.FullName, temporary.File("run"));
        AssertNameIsFlushed(all, temporary.File("run"), checkpoints);
        string[] calls = [.. all.Where(line => line.Contains(checkpoints))];
        for (int step = 1; step <= 4; step++)
            AssertOrder(calls, checkpoints, $"{checkpoints}/step-{step:D8}");
    }

    /// <summary>A new folder's name is flushed before anything in it is.</summary>
    private static void AssertNameIsFlushed(string[] calls, string parent, string folder)
    {
        int made = Array.FindIndex(calls, call => call.Contains("mkdir") && call.Contains($"\"{folder}\""));
        int flushed = Array.FindIndex(
            calls, made + 1, call => call.Contains("fsync") && call.Contains($"<{parent}>"));
        int used = Array.FindIndex(calls, made + 1, call => call.Contains($"{folder}/"));
        Assert.That(new[] { made, flushed, used }, Is.Ordered.And.All.GreaterThanOrEqualTo(0), folder);
    }

    private static void AssertOrder(string[] calls, string checkpoints, string folder)
    {
        string partial = folder + Temporary;
        int Last(params string[] words) => Array.FindLastIndex(calls, call => words.All(call.Contains));
        int First(params string[] words) => Array.FindIndex(calls, call => words.All(call.Contains));
        List<int> order = [];
        foreach (string file in new[] { "model.safetensors", "state.safetensors", "manifest.json" })
        {
            order.Add(Last("write", $"<{partial}/{file}{Temporary}>"));
            order.Add(First("fsync", $"<{partial}/{file}{Temporary}>"));
            int named = First("rename", $"\"{partial}/{file}{Temporary}\"");
            order.Add(named);
            order.Add(Array.FindIndex(
                calls, named + 1, call => call.Contains("fsync") && call.Contains($"<{partial}>")));
        }

        int renamed = First("rename", $"\"{partial}\"", $"\"{folder}\"");
        order.Add(renamed);
        order.Add(Array.FindIndex(
            calls, renamed + 1, call => call.Contains("fsync") && call.Contains($"<{checkpoints}>")));
        int pruned = Array.FindIndex(
            calls, renamed + 1, call => call.Contains("rename") && call.Contains($"{Temporary}\""));
        if (pruned >= 0)
            order.Add(pruned);
        Assert.That(order, Is.Ordered.And.All.GreaterThanOrEqualTo(0), string.Join('\n', calls));
    }
}
