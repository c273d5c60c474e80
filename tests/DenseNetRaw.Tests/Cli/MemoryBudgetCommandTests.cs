using System.Diagnostics;
using System.Text.Json;
using DenseNetRaw.Backends;
using DenseNetRaw.Cli;
using DenseNetRaw.Memory;
using DenseNetRaw.Serialization;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

/// <summary><c>--memory auto</c> and <c>--memory-budget</c> on the commands that plan.</summary>
public sealed class MemoryBudgetCommandTests
{
    private const string Model = "--model densenet-bc-16-3 --device reference";
    private TemporaryFolder _temporary = null!;
    private string _data = null!;
    private long _slab, _least, _between;

    [OneTimeSetUp]
    public void Plan()
    {
        _temporary = new TemporaryFolder();
        _data = TinyCifar.Write(_temporary.File("data"));
        JsonElement plan = CommandRun.Json($"plan {Model} --batch-size 8");
        _slab = TotalBytes(plan, "slab");
        _least = TotalBytes(plan, "slab-minimal");
        _between = (_slab + _least) / 2;
    }

    [OneTimeTearDown]
    public void DeleteData() => _temporary.Dispose();

    [Test]
    public void Train_WithABudgetAlone_KeepsWhatThereIsRoomForWithinIt()
    {
        CommandRun run = Train("auto", $"--memory-budget {_between}");
        run.AssertSucceeds();
        JsonElement arguments = JsonDocument.Parse(File.ReadAllText(_temporary.File("auto/args.json"))).RootElement;
        JsonElement memory = arguments.GetProperty("memory");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                arguments.GetProperty("arguments").GetProperty("memory").GetProperty("from").GetString(),
                Is.EqualTo("memory-budget"));
            Assert.That(memory.GetProperty("strategy").GetString(), Is.EqualTo("auto"));
            Assert.That(memory.GetProperty("budgetBytes").GetInt64(), Is.EqualTo(_between));
            Assert.That(memory.GetProperty("totalBytes").GetInt64(), Is.GreaterThan(_least).And.AtMost(_between));
            Assert.That(memory.GetProperty("kept").GetArrayLength(), Is.Positive);
            Assert.That(memory.GetProperty("recomputedValues").GetInt32(), Is.Positive);
            Assert.That(
                run.Output, Does.Match(@"memory: auto within [\d.]+ MiB keeps \d+ values and computes \d+ again"));
        }
    }

    [Test]
    public void Train_WithAuto_GivesTheLossesOfSlab()
    {
        Train("budget", $"--memory auto --memory-budget {_between}").AssertSucceeds();
        Train("unlimited", "--memory auto").AssertSucceeds();
        Train("slab", "--memory slab").AssertSucceeds();
        Assert.That(Losses("budget"), Is.EqualTo(Losses("slab")).Within(1e-12));
        Assert.That(Losses("unlimited"), Is.EqualTo(Losses("slab")).Within(1e-12));
    }

    [Test]
    public void Train_WithAStrategyThatExceedsItsBudget_SaysBothNumbersAndWhatFits() =>
        Train("never", $"--memory slab --memory-budget {_between}").AssertFails(
            ExitCode.OutOfMemory, $"slab needs {Mebibytes(_slab)}", "on a batch of 8",
            $"--memory-budget is {Mebibytes(_between)}", "--memory auto fits",
            "The largest variables at the peak:\n  ");

    [Test]
    public void Train_WithABudgetThatNothingMeets_SaysWhichBatchFits()
    {
        CommandRun run = Train("never", $"--memory-budget {_least - 1}");
        run.AssertFails(
            ExitCode.OutOfMemory, $"auto needs {_least:N0} bytes", "nothing kept", $"is {_least - 1:N0} bytes",
            "--batch-size 7 fits");
        Assert.That(Directory.Exists(_temporary.File("never")), Is.False);
        Train("never", $"--memory naive --memory-budget {_least - 1}").AssertFails(
            ExitCode.OutOfMemory, "naive needs", "--batch-size 7 with --memory auto fits");
    }

    [Test]
    public void Plan_WithABudget_HasAutoBesideTheLadder()
    {
        JsonElement[] strategies =
        [
            .. CommandRun.Json($"plan {Model} --batch-size 8 --memory-budget {_between}")
                .GetProperty("strategies").EnumerateArray(),
        ];
        Assert.That(
            strategies.Select(strategy => strategy.GetProperty("name").GetString()),
            Is.EqualTo(MemoryStrategy.Ladder.Select(memory => memory.Name).Append("auto")));
        int[] kept =
        [
            .. strategies.Select(s => s.TryGetProperty("kept", out JsonElement names) ? names.GetArrayLength() : -1),
        ];
        Assert.That(kept[..^1], Has.All.EqualTo(-1));
        Assert.That(kept[^1], Is.Positive);
        CommandRun table = CommandRun.Of($"plan {Model} --batch-size 8 --memory-budget {_between}");
        Assert.That(table.Output, Does.Match($@"kept by auto: values +{kept[^1]}\s"));
        Assert.That(
            table.Output.ReplaceLineEndings(" "),
            Does.Contain($"reference device, --memory-budget {Mebibytes(_between)}."));
    }

    [Test]
    public void Plan_OfAutoWithoutABudget_SaysWithinWhatItChose()
    {
        const string Command =
            "plan --model densenet-bc-16-3 --batch-size 8 --memory auto --device cpu --threads 3";
        long budget = CommandRun.Json(Command).GetProperty("budgetBytes").GetInt64();

        // SessionPlanTests hold the share itself.
        Assert.That(budget, Is.Positive);
        Assert.That(
            CommandRun.Of(Command).Output.ReplaceLineEndings(" "),
            Does.Match(
                @"cpu device with 3 threads, auto within [\d,.]+ MiB, nine tenths of what the device can give\."));
    }

    [Test]
    public void Plan_OfOneStrategyWithABudget_HoldsItToIt()
    {
        string plan = $"plan {Model} --batch-size 8 --memory-budget {_between} --memory";
        CommandRun.Of($"{plan} slab").AssertFails(ExitCode.OutOfMemory, "slab needs", "--memory auto fits");
        CommandRun.Of($"{plan} slab-minimal").AssertSucceeds();
        CommandRun.Of($"plan {Model} --memory-budget 1MiB").AssertFails(ExitCode.OutOfMemory, "auto needs", "1.0 MiB");
    }

    [Test]
    public void Trace_WithABudget_ShowsTheStepThatFits()
    {
        CommandRun run = CommandRun.Of($"trace {Model} --batch-size 8 --memory-budget {_between}");
        Assert.That(run.Output, Does.Match(@"(?m)^auto: \d+ nodes").And.Contain("recomputed"));
        CommandRun.Of($"trace {Model} --memory-budget 1MiB").AssertFails(ExitCode.OutOfMemory, "auto needs");
        CommandRun.Of("trace --values --memory-budget 1GiB").AssertFails(ExitCode.Usage, "--values", "--memory-budget");
    }

    [Test]
    public void Eval_AndPredict_AreHeldToABudget()
    {
        Train("weights", "").AssertSucceeds();
        string weights = $"--weights {_temporary.File("weights/model.safetensors")} --device reference";
        string eval = $"eval {weights} --data {_data}";
        CommandRun.Of($"{eval} --memory-budget 1GiB").AssertSucceeds();
        CommandRun.Of($"{eval} --memory-budget 1MiB").AssertFails(
            ExitCode.OutOfMemory, "to evaluate densenet-bc-16-3 on a batch of 11, and --memory-budget",
            "--batch-size 3 fits");
        CommandRun.Of($"{eval} --memory-budget 1MiB --batch-size 3").AssertSucceeds();
        CommandRun.Of($"{eval} --memory-budget 1MiB --batch-size 4").AssertFails(ExitCode.OutOfMemory);
        CommandRun.Of($"{eval} --memory-budget 2,5MiB").AssertFails(ExitCode.Usage, "'2,5MiB'");

        string input = _temporary.File("input.safetensors");
        SafetensorsFile.Write(input, [SafetensorsTensor.Create("input", [9, 3, 32, 32], new float[9 * 3 * 1024])]);
        CommandRun.Of($"predict {input} {weights} --memory-budget 1MiB").AssertFails(
            ExitCode.OutOfMemory, "on a batch of 9", "--batch-size 3 fits");
        CommandRun.Of($"predict {input} {weights} --memory-budget 1MiB --batch-size 3").AssertSucceeds();
    }

    [TestCase("train")]
    [TestCase("plan")]
    [TestCase("trace")]
    [TestCase("eval")]
    [TestCase("predict")]
    [TestCase("fit")]
    public void Help_OfACommandThatPlans_SaysWhatABudgetCovers(string command) => Assert.That(
        CommandRun.Of($"{command} --help").Output,
        Does.Contain("--memory-budget <size>").And.Contain("parameters, their gradients, momentum"));

    /// <summary>The device seems to have the memory, and refuses it: a limit on the process's address space.</summary>
    [Test]
    [Platform("Linux", Reason = "It takes ulimit -v.")]
    public void Train_WhoseArenaIsRefused_SaysBothNumbers()
    {
        Assume.That(HostMemory.AvailableBytes, Is.GreaterThan(6L << 30), "Too little memory to plan on.");
        string program = Path.Combine(AppContext.BaseDirectory, "densenet.dll");
        ProcessStartInfo start = new("sh", [
            "-c",
            $"ulimit -v 3500000; exec dotnet '{program}' train --model densenet-bc-100-12 --memory naive "
                + $"--output-dir '{_temporary.File("never")}'",
        ])
        {
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_GCRegionRange"] = "0x20000000";
        using Process run = Process.Start(start)!;
        string error = run.StandardError.ReadToEnd();
        run.WaitForExit();
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.OutOfMemory), error);
        Assert.That(
            error,
            Does.Match(@"naive needs [\d,.]+ MiB .*refused them although it seems to have [\d,.]+ MiB.*largest var"));
    }

    private CommandRun Train(string folder, string flags) => CommandRun.Of(
        $"train {Model} --data {_data} --batch-size 8 --max-steps 3 --output-dir {_temporary.File(folder)} {flags}");

    private IEnumerable<double> Losses(string folder) =>
        File.ReadLines(_temporary.File($"{folder}/metrics.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("kind").GetString() == "step")
            .Select(line => line.GetProperty("loss").GetDouble());

    private static long TotalBytes(JsonElement plan, string memory) => plan.GetProperty("strategies").EnumerateArray()
        .Single(strategy => strategy.GetProperty("name").GetString() == memory)
        .GetProperty("totalBytes").GetInt64();

    private static string Mebibytes(long bytes) =>
        FormattableString.Invariant($"{bytes / Units.MebibyteBytes:N1} MiB");
}
