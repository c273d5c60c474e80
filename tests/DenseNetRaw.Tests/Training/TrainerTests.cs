using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Data;
using DenseNetRaw.Models;
using DenseNetRaw.Tests.Data;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Training;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TrainerTests : IDisposable
{
    // One for each test: a backend plays one step at a time, and tests run side by side.
    private readonly ReferenceBackend _backend = new();

    public void Dispose() => _backend.Dispose();

    [Test]
    public void Run_OverTwoEpochs_TellsOfEveryStepAndEpoch()
    {
        RecordingObserver seen = Run(TinyTraining.Settings);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(seen.Start!.StepsPerEpoch, Is.EqualTo(3));
            Assert.That(seen.Start.TotalSteps, Is.EqualTo(6));
            Assert.That(
                seen.Steps.Select(step => (step.Step, step.Epoch, step.StepInEpoch, step.Result.Images)),
                Is.EqualTo(new[]
                {
                    (1L, 1, 1, 8), (2L, 1, 2, 8), (3L, 1, 3, 6), (4L, 2, 1, 8), (5L, 2, 2, 8), (6L, 2, 3, 6),
                }));
            Assert.That(
                seen.Steps.Select(step => step.LearningRate), Is.EqualTo(new[] { 0.1, 0.1, 0.1, 0.01, 0.01, 0.01 }));
            Assert.That(seen.Evaluated, Is.EqualTo(new[] { 8, 13, 8, 13 }));
            Assert.That(seen.Epochs.Select(epoch => epoch.Epoch), Is.EqualTo(new[] { 1, 2 }));
            Assert.That(seen.Summary!.Last, Is.SameAs(seen.Epochs[1]));
            Assert.That(seen.Summary.IsStopped, Is.False);
            Assert.That(seen.Summary.PeakBytes, Is.GreaterThan(0).And.EqualTo(seen.Epochs[0].PeakBytes));
        }
    }

    [Test]
    public void EpochEnded_OfAnUnevenLastBatch_WeighsLossesByImages()
    {
        RecordingObserver seen = Run(TinyTraining.Settings with { Epochs = 1 });
        double loss = seen.Steps.Sum(step => step.Result.Loss * step.Result.Images) / TinyTraining.TrainingImages;
        double correct = seen.Steps.Sum(step => step.Result.Correct);
        Assert.That(seen.Epochs[0].TrainLoss, Is.EqualTo(loss).Within(1e-12));
        Assert.That(seen.Epochs[0].TrainAccuracy, Is.EqualTo(correct / TinyTraining.TrainingImages));
    }

    [Test]
    public void Best_OfSeveralEpochs_IsTheEarliestOfTheHighestAccuracy()
    {
        RecordingObserver seen = Run(TinyTraining.Settings with { Epochs = 5 });
        double highest = seen.Epochs.Max(epoch => epoch.TestAccuracy);
        EpochReport first = seen.Epochs.First(epoch => epoch.TestAccuracy == highest);
        Assert.That(seen.Summary!.Best, Is.SameAs(first));
        Assert.That(first.IsBest);
        Assert.That(seen.Epochs.SkipWhile(epoch => epoch != first).Skip(1).Any(epoch => epoch.IsBest), Is.False);
    }

    [Test]
    public void Run_WithMaxSteps_EvaluatesTheShortEpoch()
    {
        RecordingObserver seen = Run(TinyTraining.Settings with { MaxSteps = 4 });
        Assert.That(seen.Steps, Has.Count.EqualTo(4));
        Assert.That(seen.Epochs.Select(epoch => epoch.Epoch), Is.EqualTo(new[] { 1, 2 }));
        Assert.That(seen.Summary!.IsStopped, Is.False);
    }

    [Test]
    public void Run_Cancelled_FinishesTheStepAndEnds()
    {
        using CancellationTokenSource cancellation = new();
        RecordingObserver seen = new(step =>
        {
            if (step.Step == 2)
                cancellation.Cancel();
        });
        using Trainer trainer = TinyTraining.New(_backend, TinyTraining.Settings);
        TrainingSummary summary = trainer.Run([seen], cancellation.Token);
        Assert.That(summary, Is.EqualTo(seen.Summary));
        Assert.That(summary.Steps, Is.EqualTo(2));
        Assert.That(summary.IsStopped);
        Assert.That(summary.Last, Is.Null);
    }

    [Test]
    public void Run_WhoseLossOverflows_StopsAndNamesTheStep()
    {
        using Trainer trainer = TinyTraining.New(_backend, TinyTraining.Settings with { LearningRate = 1e300 });
        RecordingObserver seen = new();
        NotFiniteNumberException? error = Assert.Throws<NotFiniteNumberException>(() => trainer.Run([seen]));
        Assert.That(
            error!.Message, Does.Contain($"step {seen.Steps.Count + 1} ").And.Contain("epoch 1").And.Contain("1E+300"));
        Assert.That(seen.Summary, Is.Null);
    }

    [Test]
    public void Run_TwiceWithOneSeed_GivesTheSameNumbers()
    {
        RecordingObserver first = Run(TinyTraining.Settings), second = Run(TinyTraining.Settings);
        RecordingObserver other = Run(TinyTraining.Settings with { Seed = 8 });
        Assert.That(second.Steps.Select(step => step.Result), Is.EqualTo(first.Steps.Select(step => step.Result)));
        Assert.That(second.Epochs[1].TestLoss, Is.EqualTo(first.Epochs[1].TestLoss));
        Assert.That(other.Steps[0].Result, Is.Not.EqualTo(first.Steps[0].Result));
    }

    [Test]
    public void Run_TwiceOnTheCpuBackend_GivesTheSameBits()
    {
        List<StepResult> results = [];
        for (int i = 0; i < 2; i++)
        {
            RecordingObserver seen = new();
            using CpuBackend backend = new(threads: 3);
            using Trainer trainer = TinyTraining.New(backend, TinyTraining.Settings);
            trainer.Run([seen]);
            results.AddRange(seen.Steps.Select(step => step.Result));
        }

        Assert.That(results.Skip(6), Is.EqualTo(results.Take(6)));
    }

    [Test]
    public void Evaluator_WithAnyBatchSize_GivesTheSameResult()
    {
        EvaluationResult whole = Evaluate(13), parts = Evaluate(5);
        Assert.That(parts.Loss, Is.EqualTo(whole.Loss).Within(1e-12));
        Assert.That((parts.Accuracy, parts.Images), Is.EqualTo((whole.Accuracy, 13)));
    }

    [TestCase(0)]
    [TestCase(23)]
    public void Constructor_WithAnImpossibleBatch_Throws(int batchSize) => Assert.That(
        () => TinyTraining.New(_backend, TinyTraining.Settings with { BatchSize = batchSize }),
        Throws.ArgumentException.With.Message.Contains($"{batchSize}"));

    [Test]
    public void Constructor_WithImagesOfAnotherSize_NamesBothSizes() => Assert.That(
        () => TinyTraining.New(_backend, TinyTraining.Settings, TinyTraining.Model with { InputWidth = 16 }),
        Throws.ArgumentException.With.Message.Contains("8×16").And.Message.Contains("8×8"));

    [Test]
    public void Constructor_WithOtherClasses_NamesBothNumbers() => Assert.That(
        () => TinyTraining.New(_backend, TinyTraining.Settings, TinyTraining.Model with { Classes = 100 }),
        Throws.ArgumentException.With.Message.Contains("100 classes").And.Message.Contains("10"));

    private RecordingObserver Run(TrainingSettings settings)
    {
        RecordingObserver seen = new();
        using Trainer trainer = TinyTraining.New(_backend, settings);
        trainer.Run([seen]);
        return seen;
    }

    private EvaluationResult Evaluate(int batchSize)
    {
        ImageDataset images = TestImages.Create(13, 8, 8);
        using Session session = new(new DenseNet(TinyTraining.Model), _backend, new SessionSettings
        {
            EvaluationBatchSizes = Evaluator.BatchSizes(images.Count, batchSize),
        });
        using Evaluator evaluator = new(session, images, TestImages.Unit, batchSize);
        return evaluator.Run()!.Value;
    }
}
