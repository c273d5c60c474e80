using System.Text.Json;
using System.Text.Json.Nodes;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Models;
using DenseNetRaw.Serialization;
using DenseNetRaw.Tests.Data;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Training;

public sealed class RunFolderTests
{
    private static readonly TrainedModel Described = new(
        TinyTraining.Model, [.. Enumerable.Range(0, 10).Select(label => $"klasse \"{label}\"")], TestImages.Unit);

    [Test]
    public void Files_OfARun_HaveTheKeysThatScriptsRelyOn()
    {
        using TemporaryFolder temporary = new();
        string path = temporary.File("runs/first");
        RecordingObserver seen = Train(path);
        JsonElement[] lines = [.. File.ReadLines(Path.Combine(path, "metrics.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement)];
        JsonElement[] steps = [.. lines.Where(line => line.GetProperty("kind").GetString() == "step")];
        JsonElement[] epochs = [.. lines.Where(line => line.GetProperty("kind").GetString() == "epoch")];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(steps, Has.Length.EqualTo(6));
            Assert.That(epochs, Has.Length.EqualTo(2));
            Assert.That(
                Keys(steps[0]),
                Is.EqualTo(new[] { "kind", "step", "epoch", "loss", "gradientNorm", "lr", "milliseconds" }));
            Assert.That(Keys(epochs[0]), Is.EqualTo(new[]
            {
                "kind", "epoch", "trainLoss", "trainAccuracy", "testLoss", "testAccuracy", "imagesPerSecond",
                "peakBytes",
            }));
            Assert.That(steps[4].GetProperty("loss").GetDouble(), Is.EqualTo(seen.Steps[4].Result.Loss));
            Assert.That(epochs[1].GetProperty("testLoss").GetDouble(), Is.EqualTo(seen.Epochs[1].TestLoss));
        }

        string[] rows = File.ReadAllLines(Path.Combine(path, "metrics.csv"));
        Assert.That(rows[0], Is.EqualTo(string.Join(',', Keys(epochs[0]).Skip(1))));
        Assert.That(rows, Has.Length.EqualTo(3));
        Assert.That(
            JsonNode.Parse(File.ReadAllText(Path.Combine(path, "args.json")))!["answer"]!.GetValue<int>(),
            Is.EqualTo(42));
    }

    [Test]
    public void Weights_OfARun_SayWhatModelTheyAreOf()
    {
        using TemporaryFolder temporary = new();
        Train(temporary.File("run"));
        foreach (string name in new[] { "model.safetensors", "best.safetensors" })
        {
            TrainedModel found = TrainedModel.In(SafetensorsFile.Read(temporary.File($"run/{name}")))!;
            DenseNetConfiguration network = (DenseNetConfiguration)found.Configuration;
            Assert.That(network.BlockLayers, Is.EqualTo(TinyTraining.Model.BlockLayers));
            Assert.That(
                network with { BlockLayers = TinyTraining.Model.BlockLayers },
                Is.EqualTo(TinyTraining.Model));
            Assert.That(found.ClassNames, Is.EqualTo(Described.ClassNames));
            Assert.That(found.Normalization.StandardDeviation, Is.EqualTo(TestImages.Unit.StandardDeviation));
        }
    }

    [Test]
    public void Create_InAFolderInUse_RefusesAndLeavesItAsItWas()
    {
        using TemporaryFolder temporary = new();
        File.WriteAllText(temporary.File("mine.txt"), "mine");
        Assert.That(
            () => Train(temporary.FullName), Throws.ArgumentException.With.Message.Contains(temporary.FullName));
        Assert.That(
            Directory.EnumerateFileSystemEntries(temporary.FullName), Is.EqualTo(new[] { temporary.File("mine.txt") }));
    }

    [Test]
    public void GoOn_FromBeforeTheBestEpoch_KeepsNoWeightsOfAFutureTakenBack()
    {
        using TemporaryFolder temporary = new();
        string path = temporary.File("run"), best = Path.Combine(path, RunFolder.BestWeightsFile);
        EpochReport report = Train(path).Epochs.Last(epoch => epoch.IsBest);
        Directory.Delete(new CheckpointFolder(path).FullName, recursive: true);
        using ReferenceBackend backend = new();
        using Trainer trainer = TinyTraining.New(backend, TinyTraining.Settings);
        GoOn(report);
        Assert.That(SafetensorsFile.Read(best).Metadata["epoch"], Is.EqualTo($"{report.Epoch}"));
        GoOn(report with { Epoch = report.Epoch + 1 });
        Assert.That(File.Exists(best), Is.False);

        void GoOn(EpochReport bestSoFar)
        {
            TrainingPosition position = new(6, 2, 3, default, bestSoFar, bestSoFar);
            RunFolder.GoOn(path, new JsonObject(), Described, trainer.Session, position, newest: null).Dispose();
        }
    }

    [Test]
    public void GoOn_AfterAnotherProcessHas_ChangesNothing()
    {
        using TemporaryFolder temporary = new();
        string path = temporary.File("run");
        Train(path);
        using ReferenceBackend backend = new();
        using Trainer trainer = TinyTraining.New(backend, TinyTraining.Settings);
        string[] lines = File.ReadAllLines(Path.Combine(path, RunFolder.MetricsFile));
        Assert.That(
            () => RunFolder.GoOn(
                path, new JsonObject(), Described, trainer.Session, TrainingPosition.Start with { Step = 3 },
                "step-00000003"),
            Throws.InstanceOf<IOException>().With.Message.Contains("step-00000006")
                .And.Message.Contains("step-00000003"));
        Assert.That(File.ReadAllLines(Path.Combine(path, RunFolder.MetricsFile)), Is.EqualTo(lines));
    }

    [Test]
    public void Create_BySeveralAtOnce_SucceedsOnceAndLosesNothing()
    {
        const int Contenders = 4;
        using TemporaryFolder temporary = new();
        using ReferenceBackend backend = new();
        using Trainer trainer = TinyTraining.New(backend, TinyTraining.Settings);
        for (int round = 0; round < 40; round++)
        {
            string path = temporary.File($"run {round}");
            using Barrier start = new(Contenders);
            RunFolder?[] made = new RunFolder?[Contenders];
            Thread[] threads = [.. Enumerable.Range(0, Contenders).Select(i => new Thread(() => Contend(i)))];
            foreach (Thread thread in threads)
                thread.Start();
            foreach (Thread thread in threads)
                thread.Join();
            Assert.That(made.OfType<RunFolder>().Count(), Is.EqualTo(1));
            Assert.That(RunFolder.IsIn(path));
            made.OfType<RunFolder>().Single().Dispose();

            void Contend(int i)
            {
                start.SignalAndWait();
                try
                {
                    made[i] = RunFolder.Create(path, new JsonObject(), Described, trainer.Session);
                }
                catch (Exception e) when (e is IOException or ArgumentException)
                {
                    made[i] = null;
                }
            }
        }
    }

    [TestCase("{}")]
    [TestCase("null")]
    [TestCase("[")]
    [TestCase(
        "{\"configuration\":null,\"classNames\":[],"
        + "\"normalization\":{\"mean\":[0,0,0],\"standardDeviation\":[1,1,1]}}")]
    public void In_AWrongDescription_NamesTheFile(string description)
    {
        using TemporaryFolder temporary = new();
        string path = temporary.File("wrong.safetensors");
        SafetensorsFile.Write(path, [], new Dictionary<string, string> { ["densenet"] = description });
        Assert.That(
            () => TrainedModel.In(SafetensorsFile.Read(path)),
            Throws.InstanceOf<InvalidDataException>().With.Message.Contains(path));
    }

    [Test]
    public void In_ADescriptionOfAnImpossibleNetwork_NamesTheExtent()
    {
        using TemporaryFolder temporary = new();
        using ReferenceBackend backend = new();
        using Session session = new(
            new DenseNet(TinyTraining.Model), backend, new SessionSettings { EvaluationBatchSizes = [1] });
        string path = temporary.File("wrong.safetensors");
        (Described with { Configuration = TinyTraining.Model with { GrowthRate = 0 } }).Save(path, session);
        Assert.That(
            () => TrainedModel.In(SafetensorsFile.Read(path)),
            Throws.InstanceOf<InvalidDataException>().With.Message.Contains(path).And.Message.Contains("growth-rate"));
    }

    private static RecordingObserver Train(string path)
    {
        RecordingObserver seen = new();
        using ReferenceBackend backend = new();
        using Trainer trainer = TinyTraining.New(backend, TinyTraining.Settings);
        using RunFolder folder = RunFolder.Create(path, new JsonObject { ["answer"] = 42 }, Described, trainer.Session);
        trainer.Run([folder, seen]);
        return seen;
    }

    private static string[] Keys(JsonElement element) =>
        [.. element.EnumerateObject().Select(property => property.Name)];
}
