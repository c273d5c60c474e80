using System.Text.Json.Nodes;
using DenseNetRaw.Cli;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

/// <summary><c>train --resume</c>, and what takes a checkpoint for weights.</summary>
public sealed class ResumeCommandTests
{
    private TemporaryFolder _temporary = null!;
    private string _data = null!, _whole = null!;

    [OneTimeSetUp]
    public void TrainOnce()
    {
        _temporary = new TemporaryFolder();
        _data = TinyCifar.Write(_temporary.File("data"));
        _whole = _temporary.File("whole");
        Train(_whole, "--epochs", "3", "--drop-rate", "0.2").AssertSucceeds();
    }

    [OneTimeTearDown]
    public void DeleteData() => _temporary.Dispose();

    [Test]
    public void Train_ThatGoesOn_NeedsNoFlagsAndGivesTheSameBits()
    {
        string folder = _temporary.File("cut");
        Train(folder, "--epochs", "3", "--drop-rate", "0.2", "--max-steps", "4").AssertSucceeds();
        CommandRun run = CommandRun.Of("train", "--resume", folder, "--max-steps", "9");
        run.AssertSucceeds();
        Assert.That(run.Output, Does.StartWith($"going on in {folder} after step 4, epoch 2"));
        Assert.That(run.Error, Does.Not.Contain("not bit for bit"));
        foreach (string name in new[] { "model.safetensors", "best.safetensors" })
            AssertSameFile(folder, name);
        foreach (string name in new[] { "model.safetensors", "state.safetensors" })
            AssertSameFile(folder, $"checkpoints/step-00000009/{name}");
        Assert.That(Lines(folder), Is.EqualTo(Lines(_whole)));
        JsonNode arguments = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "args.json")))!;
        Assert.That((string?)arguments["resumedFrom"], Does.EndWith("step-00000004"));
        Assert.That((string?)arguments["arguments"]!["growth-rate"]!["from"], Is.EqualTo("checkpoint"));
        Assert.That(arguments["arguments"]!["batch-size"]!.ToJsonString(), Is.EqualTo("""{"value":8,"from":"flag"}"""));
        foreach (string name in new[] { "model", "growth-rate", "classes" })
            Assert.That((string?)arguments["arguments"]![name]!["from"], Is.EqualTo("checkpoint"), name);
    }

    [Test]
    public void Train_ToGoOnByItself_BeginsGoesOnAndIsDone()
    {
        string folder = _temporary.File("auto");
        string[] line = ["--epochs", "3", "--drop-rate", "0.2", "--resume", "auto"];
        Train(folder, [.. line, "--max-steps", "4"]).AssertSucceeds();
        line = [.. line, "--max-steps", "9"];
        Train(folder, line).AssertSucceeds();
        Assert.That(Lines(folder), Is.EqualTo(Lines(_whole)));
        Train(folder, line).AssertSucceeds();
        Assert.That(Lines(folder), Is.EqualTo(Lines(_whole)));
        Directory.Delete(Path.Combine(folder, "checkpoints"), recursive: true);
        Train(folder, line).AssertSucceeds();
        Assert.That(Lines(folder), Is.EqualTo(Lines(_whole)));
    }

    /// <summary>What a model's recipe is may change with the program; a run keeps the one that it began with.</summary>
    [TestCase("resnet", "resnet", "checkpoint")]
    [TestCase(null, "densenet", "model")]
    public void Train_ThatGoesOn_TakesTheRecipeOfItsCheckpoint(string? saved, string expected, string from)
    {
        string folder = _temporary.File($"recipe {saved}");
        Train(folder, "--max-steps", "4").AssertSucceeds();
        SaveRecipe(folder, saved);
        CommandRun run = CommandRun.Of("train", "--resume", folder, "--max-steps", "6");
        run.AssertSucceeds();
        Assert.That(
            run.Output, Does.StartWith($"going on in {folder} after step 4, epoch 2, recipe {expected}\n"));
        JsonNode arguments = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "args.json")))!["arguments"]!;
        Assert.That(
            arguments["recipe"]!.ToJsonString(), Is.EqualTo($$"""{"value":"{{expected}}","from":"{{from}}"}"""));
        Assert.That((int)arguments["epochs"]!["value"]!, Is.EqualTo(saved is null ? 300 : 164));
    }

    [Test]
    public void Train_ThatGoesOnWithARecipeOfAnotherProgram_NamesIt()
    {
        string folder = _temporary.File("unknown recipe");
        Train(folder, "--max-steps", "4").AssertSucceeds();
        SaveRecipe(folder, "of tomorrow");
        CommandRun.Of("train", "--resume", folder, "--max-steps", "6").AssertFails(
            ExitCode.BadData,
            "step-00000004: expected a recipe that this program knows, found 'of tomorrow'; give --recipe");
        CommandRun.Of("train", "--resume", folder, "--max-steps", "6", "--recipe", "densenet").AssertSucceeds();
    }

    [Test]
    public void Train_FromADamagedCheckpoint_NamesItAndOffersTheOneBefore()
    {
        string folder = _temporary.File("damaged");
        Train(folder, "--epochs", "3", "--drop-rate", "0.2", "--keep-best", "0").AssertSucceeds();
        IReadOnlyList<string> checkpoints = new CheckpointFolder(folder).Folders;
        string state = Path.Combine(checkpoints[1], "state.safetensors");
        byte[] bytes = File.ReadAllBytes(state);
        bytes[^3] ^= 4;
        File.WriteAllBytes(state, bytes);
        foreach (string path in new[] { folder, checkpoints[1] })
        {
            CommandRun.Of("train", "--resume", path)
                .AssertFails(ExitCode.BadData, state, "SHA-256", $"--resume {checkpoints[0]}");
        }

        CommandRun run = Train(folder, "--epochs", "3", "--drop-rate", "0.2", "--keep-best", "0", "--resume", "auto");
        run.AssertSucceeds();
        Assert.That(run.Error, Does.Contain(state).And.Contain("SHA-256"));
        Assert.That(Lines(folder), Is.EqualTo(Lines(_whole)));
        AssertSameFile(folder, "checkpoints/step-00000009/state.safetensors");
    }

    [Test]
    public void Train_ToGoOnByItselfWhereEveryCheckpointIsDamaged_ThrowsNothingAway()
    {
        string folder = _temporary.File("all damaged");
        Train(folder, "--max-steps", "4", "--checkpoint-every", "2").AssertSucceeds();
        IReadOnlyList<string> checkpoints = new CheckpointFolder(folder).Folders;
        foreach (string checkpoint in checkpoints)
            File.Delete(Path.Combine(checkpoint, "manifest.json"));
        string[] lines = [.. Lines(folder)];
        Train(folder, "--max-steps", "6", "--resume", "auto").AssertFails(
            ExitCode.BadData, Path.Combine(checkpoints[^1], "manifest.json"), "none of the run's 2 checkpoints");
        Assert.That(Lines(folder), Is.EqualTo(lines));
        Assert.That(new CheckpointFolder(folder).Folders, Is.EqualTo(checkpoints));
    }

    [TestCase("--batch-size", "4", "8")]
    [TestCase("--seed", "1", "42")]
    [TestCase("--augment", "none", "expected standard, as")]
    [TestCase("--no-shuffle", null, "False")]
    [TestCase("--validation", "5", "20 images")]
    [TestCase("--mean", "0,0,0", "0.4914")]
    [TestCase("--growth-rate", "3", "2")]
    [TestCase("--drop-rate", "0.1", "0.2")]
    [TestCase("--model", "densenet-10-2", "1,1,1")]
    [TestCase("--init", "x.safetensors", "--resume")]
    [TestCase("--output-dir", "elsewhere", "whole")]
    public void Train_ThatGoesOnWithAContradiction_NamesFlagAndBoth(string flag, string? value, string expected)
    {
        CommandRun run = CommandRun.Of([
            "train", "--resume", _whole, "--epochs", "4", flag, .. value is null ? Array.Empty<string>() : [value]]);
        string named = flag switch { "--validation" => "--data", "--model" => "--block-config", _ => flag };
        run.AssertFails(ExitCode.Usage, named, expected);
        Assert.That(Lines(_whole).Count(), Is.EqualTo(12));
    }

    [Test]
    public void Train_ThatGoesOnWithWhatMayChange_DoesSo()
    {
        string folder = _temporary.File("changed");
        Train(folder, "--max-steps", "4").AssertSucceeds();
        CommandRun run = CommandRun.Of(
            "train", "--resume", Path.Combine(folder, "checkpoints/step-00000004"), "--max-steps", "6",
            "--learning-rate", "0.05", "--lr-milestones", "9,20",
            "--device", "cpu", "--threads", "2", "--memory", "naive", "--checkpoint-every", "5", "--keep-last", "3",
            "--output-dir", folder);
        run.AssertSucceeds();
        Assert.That(
            run.Error,
            Does.Contain("not bit for bit: lr 0.1 -> 0.05, lr-milestones 150,225 -> 9,20, memory slab -> naive, ")
                .And.Contain("device reference -> cpu"));
        Assert.That(
            run.Output, Does.Contain("time of this session").And.Match(@"steps +6 \(2 of this session\)"));
        JsonNode arguments = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "args.json")))!["arguments"]!;
        Assert.That((string?)arguments["memory"]!["value"], Is.EqualTo("naive"));
        string last = Lines(folder).Last(line => line.Contains("\"step\""));
        Assert.That(last, Does.Contain("\"step\":6").And.Contain("\"lr\":0.05"));
    }

    [Test]
    public void Train_ThatGoesOnWithTheDeviceRepeated_KeepsItsFlags()
    {
        string folder = _temporary.File("device repeated");
        CommandRun.Of(
            "train", "--model", "densenet-7-2", "--initial-channels", "2", "--device", "cpu", "--threads", "3",
            "--data", _data, "--batch-size", "8", "--output-dir", folder, "--max-steps", "1").AssertSucceeds();
        foreach ((string device, string from) in new[] { ("cpu", "flag"), ("reference", "default") })
        {
            string steps = device == "cpu" ? "2" : "3";
            CommandRun.Of("train", "--resume", folder, "--device", device, "--max-steps", steps).AssertSucceeds();
            JsonNode threads = JsonNode.Parse(
                File.ReadAllText(Path.Combine(folder, "args.json")))!["arguments"]!["threads"]!;
            Assert.That((string?)threads["from"], Is.EqualTo(from));
        }
    }

    [Test]
    public void Train_ThatGoesOnWithTheModelRepeated_KeepsItsExtentsAndItsFirstLine()
    {
        string folder = _temporary.File("model repeated");
        Train(folder, "--max-steps", "1").AssertSucceeds();
        string first = Command("command");
        foreach (string steps in new[] { "2", "3" })
        {
            CommandRun.Of("train", "--resume", folder, "--model", "densenet-7-2", "--max-steps", steps)
                .AssertSucceeds();
            Assert.That(Command("firstCommand"), Is.EqualTo(first));
            Assert.That(Command("command"), Is.Not.EqualTo(first).And.Contain("--initial-channels 2"));
        }

        string Command(string name) =>
            (string)JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "args.json")))![name]!;
    }

    [Test]
    public void Train_ThatGoesOnWithAnotherFamily_NamesBoth()
    {
        string folder = _temporary.File("other family");
        Train(folder, "--max-steps", "1").AssertSucceeds();
        CommandRun.Of("train", "--resume", folder, "--model", "resnet-20", "--max-steps", "2")
            .AssertFails(ExitCode.Usage, "--model: expected densenet, as", "was trained with, found resnet");
    }

    [Test]
    public void Train_WhoseLossIsNoNumber_NamesTheCheckpointToGoOnFrom()
    {
        string folder = _temporary.File("wild");
        Train(folder, "--max-steps", "1").AssertSucceeds();
        CommandRun run = CommandRun.Of("train", "--resume", folder, "--lr", "1e30", "--max-steps", "9");
        Assert.That(run.Code, Is.EqualTo(ExitCode.NotANumber));
        Assert.That(
            run.Error,
            Does.Contain($"; to go on after step 1: densenet train --resume {folder}/checkpoints/step-00000001"));
        CommandRun first = Train(_temporary.File("wild from the first"), "--lr", "1e30");
        Assert.That(first.Error, Does.Contain("; there is no checkpoint to go on from"));
    }

    [Test]
    public void Train_ThatGoesOnToNoMoreSteps_ChangesNothing()
    {
        string folder = _temporary.File("no more steps");
        Train(folder, "--max-steps", "4", "--checkpoint-every", "1", "--keep-last", "4").AssertSucceeds();
        string[] lines = [.. Lines(folder)];
        IReadOnlyList<string> checkpoints = new CheckpointFolder(folder).Folders;
        string[] expected = ["--max-steps: expected more than", "step-0000000", "found 3"];
        CommandRun.Of("train", "--resume", folder, "--max-steps", "3").AssertFails(ExitCode.Usage, expected);
        CommandRun.Of("train", "--resume", checkpoints[2], "--max-steps", "3").AssertFails(ExitCode.Usage, expected);
        Train(folder, "--resume", "auto", "--max-steps", "3").AssertFails(ExitCode.Usage, expected);
        Assert.That(Lines(folder), Is.EqualTo(lines));
        Assert.That(new CheckpointFolder(folder).Folders, Is.EqualTo(checkpoints));
        CommandRun back = CommandRun.Of("train", "--resume", checkpoints[1], "--max-steps", "3");
        back.AssertSucceeds();
        Assert.That(back.Output, Does.Contain("set aside, with names that end with .old: 2"));
    }

    [Test]
    public void Train_ThatHasEnded_SaysSoAndLeavesItsFolderAsItWas()
    {
        Dictionary<string, DateTime> before = TimesOf(_whole);
        CommandRun run = CommandRun.Of("train", "--resume", _whole, "--epochs", "2", "--memory", "naive");
        run.AssertSucceeds();
        string sentence = $"nothing to do: {_whole} has ended 3 epochs; --epochs";
        Assert.That(run.Output.TrimEnd(), Is.EqualTo($"{sentence} 2 asks for no more"));
        Assert.That(run.Error, Is.Empty);
        CommandRun json = CommandRun.Of("train", "--resume", _whole, "--json");
        json.AssertSucceeds();
        Assert.That(json.Error.TrimEnd(), Is.EqualTo($"{sentence} 3 asks for no more"));
        JsonNode document = JsonNode.Parse(json.Output)!;
        Assert.That((int?)document["steps"], Is.EqualTo(9));
        Assert.That((int?)document["stepsOfSession"], Is.Zero);
        Assert.That((int?)document["epochs"], Is.EqualTo(3));
        Assert.That(TimesOf(_whole), Is.EqualTo(before));

        static Dictionary<string, DateTime> TimesOf(string folder) =>
            Directory.GetFileSystemEntries(folder, "*", SearchOption.AllDirectories)
                .ToDictionary(path => path, File.GetLastWriteTimeUtc);
    }

    [Test]
    public void Train_ThatWasKilledBeforeItWroteItsWeights_WritesThem()
    {
        string folder = _temporary.File("without weights");
        Train(folder, "--epochs", "1").AssertSucceeds();
        string weights = Path.Combine(folder, "model.safetensors");
        byte[] written = File.ReadAllBytes(weights);
        File.Delete(weights);
        CommandRun.Of("train", "--resume", folder).AssertSucceeds();
        Assert.That(File.ReadAllBytes(weights), Is.EqualTo(written));
    }

    [TestCase(ExitCode.BadData, "no-such-folder", "run folder")]
    [TestCase(ExitCode.Usage, "auto", "--output-dir")]
    public void Train_FromNothing_SaysWhatWasExpected(int code, string path, string expected) =>
        CommandRun.Of("train", "--resume", path).AssertFails(code, path, expected);

    [TestCase("--checkpoint-every", "-1")]
    [TestCase("--keep-last", "0")]
    [TestCase("--keep-best", "-1")]
    public void Train_WithAnImpossibleCount_NamesTheFlag(string flag, string value) =>
        Train(_temporary.File("never"), flag, value).AssertFails(ExitCode.Usage, flag, $"found {value}");

    [Test]
    public void Weights_OfACheckpoint_AreThoseOfTheRun()
    {
        string checkpoint = Path.Combine(_whole, "checkpoints/step-00000009");
        string Loss(string weights)
        {
            CommandRun run = CommandRun.Of("eval", "--weights", weights, "--data", _data, "--device", "reference");
            run.AssertSucceeds();
            return run.Output;
        }

        Assert.That(Loss(checkpoint), Is.EqualTo(Loss(Path.Combine(_whole, "model.safetensors"))));
        Assert.That(Loss(_whole), Is.EqualTo(Loss(checkpoint)));
        CommandRun.Of(
            "train", "--init", checkpoint, "--data", _data, "--batch-size", "8", "--max-steps", "1", "--device",
            "reference", "--output-dir", _temporary.File("from a checkpoint")).AssertSucceeds();
        CommandRun.Of("eval", "--weights", _data, "--data", _data).AssertFails(ExitCode.BadData, _data, "checkpoint");
        CommandRun.Of("train", "--resume", Path.Combine(_whole, "model.safetensors"))
            .AssertFails(ExitCode.BadData, "model.safetensors", "--init");
    }

    [Test]
    public void Train_InAFolderThatAnotherProcessUses_SaysSo()
    {
        string folder = _temporary.File("in use");
        Train(folder, "--max-steps", "1").AssertSucceeds();
        using FileStream held = new(
            Path.Combine(folder, ".lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        CommandRun.Of("train", "--resume", folder, "--max-steps", "2")
            .AssertFails(ExitCode.Failure, folder, "--output-dir can write to", "being used by another process");
        Assert.That(Lines(folder).Count(), Is.EqualTo(2));
    }

    [Test]
    [Platform("Linux")]
    public void Train_OnADiskThatIsReadOnlyOrFull_SaysSoBeforeTheFirstStep()
    {
        using SmallDisk disk = new(pages: 64);
        string folder = Path.Combine(disk.FullName, "run");
        Train(folder, "--max-steps", "1").AssertSucceeds();
        disk.Fill(pagesLeft: 1);
        CommandRun full = CommandRun.Of("train", "--resume", folder, "--max-steps", "2");
        full.AssertFails(ExitCode.Failure, folder, "4096 bytes left on the disk", "a checkpoint takes about");
        disk.MakeReadOnly();
        CommandRun.Of("train", "--resume", folder, "--max-steps", "2")
            .AssertFails(ExitCode.Failure, folder, "--output-dir can write to");
        Train(Path.Combine(disk.FullName, "new"), "--max-steps", "1").AssertFails(ExitCode.Failure, "new");
        Assert.That(Lines(folder).Count(), Is.EqualTo(2));
    }

    [Test]
    [Platform("Linux")]
    public void Train_WhoseDiskFillsUp_FailsAndGoesOnWhenThereIsRoom()
    {
        using SmallDisk disk = new(pages: 18);
        string folder = Path.Combine(disk.FullName, "run");
        string[] line = ["--epochs", "3", "--drop-rate", "0.2", "--resume", "auto", "--keep-last", "9"];
        CommandRun run = Train(folder, line);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure), run.Error);
        Assert.That(run.Error, Does.Contain("No space left").And.Contain(folder));
        Assert.That(run.Error, Does.Contain($"densenet train --resume {new CheckpointFolder(folder).Folders[^1]}"));
        Assert.That(Checkpoint.Open(new CheckpointFolder(folder).Folders[^1]).Step, Is.GreaterThan(0));
        string moved = _temporary.File("moved");
        Directory.CreateDirectory(moved);
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(moved, Path.GetRelativePath(folder, path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(path, target);
        }

        Train(moved, line).AssertSucceeds();
        Assert.That(Lines(moved), Is.EqualTo(Lines(_whole)));
    }

    [TestCase("PK\u0003\u0004\0\0\b\b\0\0 archive/data.pkl", "zip")]
    [TestCase("\u0080\u0002}q\0(X\u0006\0\0\0", "pickle")]
    [TestCase("\u0080\u0004\u0095\u0001\0\0\0\0\0\0\0.", "pickle")]
    public void Weights_OfPyTorchsOwnFormat_AreRefusedWithTheConversion(string bytes, string kind)
    {
        string path = _temporary.File($"model-{kind}.safetensors");
        File.WriteAllBytes(path, System.Text.Encoding.Latin1.GetBytes(bytes));
        string[] conversion = [path, kind, "scripts/convert-weights.py"];
        CommandRun.Of("eval", "--weights", path, "--data", _data).AssertFails(ExitCode.BadData, conversion);
        CommandRun.Of("predict", path, "--weights", path).AssertFails(ExitCode.BadData, conversion);
        CommandRun.Of("predict", path, "--weights", Path.Combine(_whole, "model.safetensors"))
            .AssertFails(ExitCode.BadData, conversion);
        CommandRun.Of("inspect", path).AssertFails(ExitCode.BadData, conversion);
        CommandRun.Of("train", "--resume", path).AssertFails(ExitCode.BadData, conversion);
        Train(_temporary.File("never"), "--init", path).AssertFails(ExitCode.BadData, conversion);
    }

    private CommandRun Train(string folder, params string[] flags) => CommandRun.Of([
        "train", .. CommandRun.TinyModel, "--data", _data, "--batch-size", "8", "--output-dir", folder, .. flags]);

    /// <summary>Has the checkpoint name that recipe, or none.</summary>
    private static void SaveRecipe(string folder, string? recipe)
    {
        string path = Path.Combine(folder, "checkpoints/step-00000004/manifest.json");
        CheckpointManifest manifest = CheckpointManifest.Read(path);
        JsonObject arguments = manifest.Arguments["arguments"]!.AsObject();
        arguments.Remove("recipe");
        if (recipe is not null)
            arguments["recipe"] = new JsonObject { ["value"] = recipe, ["from"] = "model" };
        manifest.Write(path);
    }

    private void AssertSameFile(string folder, string name) => Assert.That(
        File.ReadAllBytes(Path.Combine(folder, name)).SequenceEqual(File.ReadAllBytes(Path.Combine(_whole, name))),
        $"{folder}/{name}");

    /// <summary>The metrics without what depends on the clock.</summary>
    private static IEnumerable<string> Lines(string folder) =>
        File.ReadLines(Path.Combine(folder, "metrics.jsonl")).Select(line =>
        {
            JsonObject json = JsonNode.Parse(line)!.AsObject();
            json.Remove("milliseconds");
            json.Remove("imagesPerSecond");
            return json.ToJsonString();
        });
}
