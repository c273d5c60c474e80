using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Tests.Cli;
using DenseNetRaw.Tests.Serialization;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Training;

public sealed class TensorBoardEventsTests
{
    [Test]
    public void Events_OfARun_AreItsNumbersUnderTheirTags()
    {
        using TemporaryFolder folder = new();
        RecordingObserver seen = new();
        using ReferenceBackend backend = new();
        using Trainer trainer = TinyTraining.New(backend, TinyTraining.Settings);
        string path;
        using (TensorBoardEvents events = TensorBoardEvents.Create(folder.FullName))
        {
            path = events.FullName;
            trainer.Run([events, seen]);
        }

        List<(long Step, string Tag, float Value)> scalars = TensorBoardFile.Scalars(path);
        IEnumerable<(long, float)> Of(string tag) =>
            scalars.Where(scalar => scalar.Tag == tag).Select(scalar => (scalar.Step, scalar.Value));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                Of("train/loss"), Is.EqualTo(seen.Steps.Select(step => (step.Step, (float)step.Result.Loss))));
            Assert.That(
                Of("train/lr"), Is.EqualTo(seen.Steps.Select(step => (step.Step, (float)step.LearningRate))));
            Assert.That(
                Of("train/images_per_second").Select(pair => pair.Item2),
                Is.EqualTo(seen.Steps.Select(s => (float)(1000.0 * s.Result.Images / s.Milliseconds))));
            Assert.That(
                Of("train/accuracy"), Is.EqualTo(seen.Epochs.Select(e => (3L * e.Epoch, (float)e.TrainAccuracy))));
            Assert.That(
                Of("test/accuracy"), Is.EqualTo(seen.Epochs.Select(e => (3L * e.Epoch, (float)e.TestAccuracy))));
            Assert.That(
                Of("test/loss"), Is.EqualTo(seen.Epochs.Select(epoch => (3L * epoch.Epoch, (float)epoch.TestLoss))));
            Assert.That(Of("memory/peak_bytes").Select(pair => pair.Item2), Is.All.EqualTo(seen.Epochs[0].PeakBytes));
        }
    }

    [Test]
    public void File_BeginsWithItsVersionAndTheTime()
    {
        using TemporaryFolder folder = new();
        double before = Seconds();
        List<ProtobufField> first = ProtobufReader.Fields(TensorBoardFile.Records(NewFile(folder))[0]);
        Assert.That(first, Has.Count.EqualTo(2));
        Assert.That(first.Single(field => field.Number == 3).Text, Is.EqualTo("brain.Event:2"));
        Assert.That(
            first.Single(field => field.Number == 1).Double, Is.InRange(before - 0.001, Seconds() + 0.001));
    }

    [Test]
    public void Files_OfARunInParts_AreNumbered()
    {
        using TemporaryFolder folder = new();
        string[] names = [.. Enumerable.Range(0, 3).Select(_ => Path.GetFileName(NewFile(folder)))];
        for (int part = 0; part < names.Length; part++)
        {
            Assert.That(
                names[part],
                Does.Match($@"^events\.out\.tfevents\.\d{{10}}\..+\.{Environment.ProcessId}\.{part}$"));
        }
    }

    /// <summary>Nothing is lost when the process dies: the file is whole after every record.</summary>
    [Test]
    public void File_BeingWritten_IsWhole()
    {
        using TemporaryFolder folder = new();
        using TensorBoardEvents events = TensorBoardEvents.Create(folder.FullName);
        events.StepEnded(new StepReport(7, 1, 7, new StepResult(0.5, 1, 2, 3), 0.1, 4, 0));
        string copy = folder.File("copy");
        File.Copy(events.FullName, copy);
        Assert.That(TensorBoardFile.Scalars(copy), Is.EqualTo(new[]
        {
            (7L, "train/loss", 0.5f), (7L, "train/gradient_norm", 3f), (7L, "train/lr", 0.1f),
            (7L, "train/images_per_second", 500f),
        }));
    }

    [Test]
    public void Train_LeavesEventsInTheRunFolder()
    {
        using TemporaryFolder folder = new();
        CommandRun.Of([
            "train", .. CommandRun.TinyModel, "--data", TinyCifar.Write(folder.File("data")), "--max-steps", "2",
            "--batch-size", "8", "--output-dir", folder.File("run")]).AssertSucceeds();
        string path = Directory.GetFiles(folder.File("run"), "events.out.tfevents.*").Single();
        Assert.That(
            TensorBoardFile.Scalars(path).Where(s => s.Tag == "train/loss").Select(s => s.Step),
            Is.EqualTo(new[] { 1, 2 }));
    }

    /// <summary>A run that was stopped in an evaluation goes on with it, and plays no step before.</summary>
    [Test]
    public void Epoch_WithoutAStepOfThisProcess_StandsAtTheLastOneBefore()
    {
        using TemporaryFolder folder = new();
        using TensorBoardEvents events = TensorBoardEvents.Create(folder.FullName, step: 6);
        events.EpochEnded(new EpochReport(2, 0.1, 1, 0.5, 1, 0.5, 100, 1000, IsBest: true));
        string copy = folder.File("copy");
        File.Copy(events.FullName, copy);
        Assert.That(TensorBoardFile.Scalars(copy).Select(scalar => scalar.Step), Is.EqualTo(new[] { 6, 6, 6, 6 }));
    }

    /// <summary>TensorBoard drops what earlier files have of the step of a session's start and later ones.</summary>
    [Test]
    public void Train_ThatGoesOn_StartsASessionAtItsFirstStep()
    {
        using TemporaryFolder folder = new();
        string run = folder.File("run");
        CommandRun.Of([
            "train", .. CommandRun.TinyModel, "--data", TinyCifar.Write(folder.File("data")), "--max-steps", "2",
            "--batch-size", "8", "--output-dir", run]).AssertSucceeds();
        string first = Directory.GetFiles(run, "events.out.tfevents.*").Single();
        CommandRun.Of("train", "--resume", run, "--max-steps", "3").AssertSucceeds();
        string second = Directory.GetFiles(run, "events.out.tfevents.*").Single(path => path != first);
        List<ProtobufField> start = ProtobufReader.Fields(TensorBoardFile.Records(second)[1]);
        ProtobufField status = ProtobufReader.Fields(start.Single(field => field.Number == 7).Bytes).Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(start.Single(field => field.Number == 2).Bits, Is.EqualTo(3));
            Assert.That((status.Number, status.Bits), Is.EqualTo((1, 1UL)), "START");
            Assert.That(
                TensorBoardFile.Records(first).SelectMany(record => ProtobufReader.Fields(record)),
                Has.None.Matches<ProtobufField>(field => field.Number == 7));
        }
    }

    /// <summary>Google's own decoder reads the same fields.</summary>
    [Test]
    public void Events_DecodedByProtoc_AreTheSame()
    {
        using TemporaryFolder folder = new();
        string path;
        using (TensorBoardEvents events = TensorBoardEvents.Create(folder.FullName))
        {
            path = events.FullName;
            events.StepEnded(new StepReport(300, 1, 1, new StepResult(0.5, 1, 2), 0.25, 4, 0));
        }

        string record = folder.File("record");
        File.WriteAllBytes(record, TensorBoardFile.Records(path)[1]);
        string decoded = ToolRun.Of(
            "sh", "-c", $"command -v protoc >/dev/null || exit 77; protoc --decode_raw <{record}");
        Assert.That(
            decoded,
            Does.Match(@"1: 0x[0-9a-f]{16}\n2: 300\n5 \{\n  1 \{\n    1: ""train/loss""\n    2: 0x3f000000\n"));
    }

    private static string NewFile(TemporaryFolder folder)
    {
        using TensorBoardEvents events = TensorBoardEvents.Create(folder.FullName);
        return events.FullName;
    }

    private static double Seconds() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;
}
