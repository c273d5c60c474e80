using System.Text.Json;
using DenseNetRaw.Cli;
using DenseNetRaw.Serialization;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

public sealed class InspectCommandTests
{
    private TemporaryFolder _temporary = null!;
    private string _run = null!;

    [OneTimeSetUp]
    public void TrainOnce()
    {
        _temporary = new TemporaryFolder();
        _run = _temporary.File("run");
        CommandRun.Of([
            "train", .. CommandRun.TinyModel, "--data", TinyCifar.Write(_temporary.File("data")), "--batch-size", "8",
            "--epochs", "2", "--keep-best", "0", "--seed", "5", "--output-dir", _run]).AssertSucceeds();
    }

    [OneTimeTearDown]
    public void DeleteData() => _temporary.Dispose();

    [Test]
    public void Inspect_OfACheckpoint_SaysWhereTheRunStandsAndWhatItHas()
    {
        JsonElement json = CommandRun.Json($"inspect {_run}/checkpoints/step-00000006");
        JsonElement checkpoint = json.GetProperty("checkpoints")[0], files = checkpoint.GetProperty("files");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(json.GetProperty("kind").GetString(), Is.EqualTo("checkpoint"));
            Assert.That(json.GetProperty("model").GetProperty("growthRate").GetInt32(), Is.EqualTo(2));
            Assert.That(json.GetProperty("parameters").GetInt64(), Is.EqualTo(472));
            Assert.That(checkpoint.GetProperty("step").GetInt64(), Is.EqualTo(6));
            Assert.That(checkpoint.GetProperty("epoch").GetInt32(), Is.EqualTo(2));
            Assert.That(checkpoint.GetProperty("seed").GetUInt64(), Is.EqualTo(5));
            Assert.That(checkpoint.GetProperty("recipe").GetString(), Is.EqualTo("densenet"));
            Assert.That(checkpoint.GetProperty("isWhole").GetBoolean());
            Assert.That(checkpoint.GetProperty("testAccuracy").GetDouble(), Is.InRange(0, 1));
            Assert.That(files[1].GetProperty("name").GetString(), Is.EqualTo("state.safetensors"));
            Assert.That(json.GetProperty("state").GetArrayLength(), Is.EqualTo(20));
        }

        CommandRun text = CommandRun.Of($"inspect {_run}");
        text.AssertSucceeds();
        Assert.That(text.Output, Does.Contain("step-00000003").And.Contain("whole").And.Contain("densenet-7-2, 472"));
    }

    [Test]
    public void Inspect_OfTheCheckpointsOfARun_IsThatOfTheRun()
    {
        JsonElement json = CommandRun.Json($"inspect {_run}/checkpoints/");
        Assert.That(json.GetProperty("path").GetString(), Is.EqualTo(_run));
        Assert.That(json.GetProperty("kind").GetString(), Is.EqualTo("run"));
    }

    [Test]
    public void Inspect_OfADamagedCheckpoint_NamesFileAndHashes()
    {
        string copy = _temporary.File("damaged");
        foreach (string path in Directory.EnumerateFiles(_run, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(copy, Path.GetRelativePath(_run, path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(path, target);
        }

        string newest = new CheckpointFolder(copy).Folders[^1], state = Path.Combine(newest, "state.safetensors");
        File.AppendAllText(state, "x");
        foreach (string path in new[] { copy, newest })
        {
            CommandRun run = CommandRun.Of("inspect", path);
            Assert.That(run.Code, Is.EqualTo(ExitCode.BadData));
            Assert.That(run.Output, Does.Contain("damaged"));
            Assert.That(run.Error, Does.Contain(state).And.Contain("expected").And.Contain("found"));
        }
    }

    [Test]
    public void Inspect_OfAnyTensors_CountsWhatIsNotFiniteAndShowsNoControlCharacters()
    {
        string path = _temporary.File("any.safetensors");
        SafetensorsFile.Write(path, [
            SafetensorsTensor.Create("x\e[31m\u202e", [2, 2], [3f, -4f, float.NaN, float.PositiveInfinity]),
            SafetensorsTensor.Create("none", [1], [double.NaN]), SafetensorsTensor.Create("n", [], [7L]),
        ]);
        JsonElement x = CommandRun.Json($"inspect {path}").GetProperty("tensors")[2];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(x.GetProperty("min").GetDouble(), Is.EqualTo(-4));
            Assert.That(x.GetProperty("max").GetDouble(), Is.EqualTo(3));
            Assert.That(x.GetProperty("mean").GetDouble(), Is.EqualTo(-0.5));
            Assert.That(x.GetProperty("norm").GetDouble(), Is.EqualTo(5));
            Assert.That(x.GetProperty("nonFinite").GetInt64(), Is.EqualTo(2));
        }

        CommandRun text = CommandRun.Of($"inspect {path}");
        Assert.That(text.Output, Does.Contain("[2, 2]").And.Not.Contain('\e').And.Not.Contain('\u202e'));
    }

    [Test]
    public void Inspect_OfAnotherFolder_SaysWhatWasExpected()
    {
        CommandRun.Of("inspect", _temporary.FullName).AssertFails(ExitCode.BadData, "run folder", "another folder");
        CommandRun.Of("inspect", "no-such-file").AssertFails(ExitCode.BadData, "no-such-file", "safetensors");
    }
}
