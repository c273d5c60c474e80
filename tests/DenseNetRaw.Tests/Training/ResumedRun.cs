using System.Text.Json.Nodes;
using DenseNetRaw.Backends;
using DenseNetRaw.Tests.Data;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Training;

/// <summary>A tiny run of 20 steps in seven epochs of three, that is stopped after some of them and goes on.</summary>
internal static class ResumedRun
{
    public const int Steps = 20;

    private static readonly TrainedModel Described = new(
        TinyTraining.Model, [.. Enumerable.Range(0, 10).Select(label => $"{label}")], TestImages.Unit);

    /// <summary>The settings, with a checkpoint at the end and where the run is stopped.</summary>
    public static TrainingSettings Settings { get; } = TinyTraining.Settings with
    {
        Epochs = 7,
        MaxSteps = Steps,
        Normalization = TestImages.Unit,
        Checkpoints = new CheckpointSettings { EverySteps = 1000 },
    };

    /// <summary>Starts or goes on in the folder, to the end or to a step.</summary>
    public static TrainingSummary Run(
        string folder, Backend backend, TrainingSettings settings, int? stopAfter = null, bool goesOn = false)
    {
        using CancellationTokenSource stop = new();
        RecordingObserver seen = new(step =>
        {
            if (step.Step == stopAfter)
                stop.Cancel();
        });
        using Trainer trainer = TinyTraining.New(backend, settings);
        if (goesOn)
            trainer.Resume(new CheckpointFolder(folder).OpenNewest());
        JsonObject arguments = [];
        using RunFolder run = goesOn
            ? RunFolder.GoOn(
                folder, arguments, Described, trainer.Session, trainer.Position,
                new CheckpointFolder(folder).NewestName)
            : RunFolder.Create(folder, arguments, Described, trainer.Session);
        return trainer.Run([run, seen], stop.Token);
    }

    /// <summary>Asserts that two runs left the same numbers, but for times.</summary>
    public static void AssertSame(string folder, string expected)
    {
        Assert.Multiple(() =>
        {
            Assert.That(Lines(folder), Is.EqualTo(Lines(expected)));
            Assert.That(Rows(folder), Is.EqualTo(Rows(expected)));
            foreach (string name in new[] { "model.safetensors", "best.safetensors" })
                AssertSameFile(Path.Combine(folder, name), Path.Combine(expected, name));
            string newest = new CheckpointFolder(folder).Folders[^1];
            foreach (string name in new[] { Checkpoint.WeightsFile, Checkpoint.StateFile })
            {
                AssertSameFile(
                    Path.Combine(newest, name), Path.Combine(new CheckpointFolder(expected).Folders[^1], name));
            }
        });
    }

    private static void AssertSameFile(string found, string expected) =>
        Assert.That(File.ReadAllBytes(found).SequenceEqual(File.ReadAllBytes(expected)), $"{found} differs");

    private static IEnumerable<string> Lines(string folder) =>
        File.ReadLines(Path.Combine(folder, RunFolder.MetricsFile)).Select(line =>
        {
            JsonObject json = JsonNode.Parse(line)!.AsObject();
            json.Remove("milliseconds");
            json.Remove("imagesPerSecond");
            return json.ToJsonString();
        });

    /// <summary>The rows without the images per second, which are the last column but one.</summary>
    private static IEnumerable<string> Rows(string folder) =>
        File.ReadLines(Path.Combine(folder, RunFolder.EpochsFile)).Select(row =>
        {
            List<string> cells = [.. row.Split(',')];
            cells.RemoveAt(cells.Count - 2);
            return string.Join(',', cells);
        });
}
