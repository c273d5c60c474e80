using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Cuda;
using DenseNetRaw.Data;
using DenseNetRaw.Models;
using DenseNetRaw.Tests.Data;
using DenseNetRaw.Tests.Training;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>Training on the device, whose steps end while the next is under way.</summary>
public sealed class CudaTrainerTests
{
    [TestCase(CudaPrecision.Fp32, 1e-4)]
    [TestCase(CudaPrecision.Bf16, 1e-1)]
    public void Run_WithStepsUnderWay_TellsWhatTheReferenceTells(CudaPrecision precision, double tolerance)
    {
        using CudaBackend cuda = TestBackend.New(precision);
        using ReferenceBackend reference = new();
        RecordingObserver seen = Run(cuda), expected = Run(reference);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Places(seen), Is.EqualTo(Places(expected)));
            Assert.That(seen.Evaluated, Is.EqualTo(expected.Evaluated));
            Assert.That(
                seen.Steps.Select(step => step.Result.Loss),
                Is.EqualTo(expected.Steps.Select(step => step.Result.Loss)).Within(tolerance));
            Assert.That(
                seen.Epochs.Select(epoch => epoch.TestLoss),
                Is.EqualTo(expected.Epochs.Select(epoch => epoch.TestLoss)).Within(tolerance));
            Assert.That(seen.Summary!.Steps, Is.EqualTo(expected.Summary!.Steps));
        }
    }

    [Test]
    public void Run_Cancelled_FinishesWhatIsUnderWay()
    {
        using CudaBackend cuda = TestBackend.New(CudaPrecision.Fp32);
        using CancellationTokenSource cancellation = new();
        RecordingObserver seen = new(step =>
        {
            if (step.Step == 1)
            {
                cancellation.Cancel();
            }
        });
        using Trainer trainer = TinyTraining.New(cuda, TinyTraining.Settings);
        TrainingSummary summary = trainer.Run([seen], cancellation.Token);
        Assert.That((summary.Steps, summary.IsStopped), Is.EqualTo((2L, true)));
        Assert.That(seen.Steps.Select(step => step.Step), Is.EqualTo(new[] { 1L, 2L }));
        Assert.That(trainer.Session.StepsPlayed, Is.EqualTo(2));
    }

    [Test]
    public void BeginTraining_AfterAStepThatFailed_GoesOnAndTheOneUnderWayEnds()
    {
        using CudaBackend cuda = TestBackend.New(CudaPrecision.Fp32);
        using Session session = NewSession(cuda), other = NewSession(cuda);
        using BatchLoader loader = NewLoader();
        Assert.That(loader.TryNext(out Batch? batch));
        RecordedStep step = session.StepFor(4, isTraining: true);
        void Fail(Backend backend) => throw new NotSupportedException("planted");
        other.BeginTraining(batch!, 0);
        double expected = other.Finish().Loss;
        session.BeginTraining(batch!, 0);
        Assert.That(() => cuda.Begin(batch!, step.Plan, step.Ends, Fail), Throws.TypeOf<NotSupportedException>());
        Assert.That(session.Finish().Loss, Is.EqualTo(expected));
        for (int i = 0; i < 4; i++)
        {
            other.BeginTraining(batch!, 0);
            session.BeginTraining(batch!, 0);
            Assert.That(session.Finish().Loss, Is.EqualTo(other.Finish().Loss));
        }
    }

    [Test]
    public void Finish_OfSessionsThatShareTheDevice_GivesEachItsOwn()
    {
        using CudaBackend cuda = TestBackend.New(CudaPrecision.Fp32);
        using Session first = NewSession(cuda), second = NewSession(cuda, seed: 4);
        using BatchLoader loader = NewLoader();
        Assert.That(loader.TryNext(out Batch? batch));
        double[] expected = [.. new[] { first, second }.Select(session =>
        {
            session.BeginEvaluation(batch!);
            return session.Finish().Loss;
        })];
        Assert.That(expected[0], Is.Not.EqualTo(expected[1]));
        first.BeginEvaluation(batch!);
        second.BeginEvaluation(batch!);
        Assert.That(() => second.BeginEvaluation(batch!), Throws.InvalidOperationException);
        Assert.That(second.Finish().Loss, Is.EqualTo(expected[1]));
        Assert.That(first.Finish().Loss, Is.EqualTo(expected[0]));
    }

    [Test]
    public void Dispose_OfASessionWithStepsUnderWay_LeavesTheDeviceToTheNext()
    {
        using CudaBackend cuda = TestBackend.New(CudaPrecision.Fp32);
        using BatchLoader loader = NewLoader();
        Assert.That(loader.TryNext(out Batch? batch));
        using (Session left = NewSession(cuda, seed: 4))
        {
            left.BeginEvaluation(batch!);
            left.BeginEvaluation(batch!);
        }

        using Session session = NewSession(cuda), alone = NewSession(cuda);
        session.BeginEvaluation(batch!);
        double loss = session.Finish().Loss;
        alone.BeginEvaluation(batch!);
        Assert.That(loss, Is.EqualTo(alone.Finish().Loss));
    }

    [Test]
    public void Plan_OfADeviceThatTakesBytes_CountsBatchesOnTheirWay()
    {
        using CudaBackend cuda = TestBackend.New(CudaPrecision.Fp32);
        using ReferenceBackend reference = new();
        SessionPlan Plan(Backend backend) =>
            new(new DenseNet(TinyTraining.Model), backend, new SessionSettings { TrainingBatchSizes = [6, 3] });
        Assert.That(Plan(cuda).Outside[StorageRole.Batch], Is.EqualTo(2 * (3112 + (6 * ((3 * 64) + 8)))));
        Assert.That(Plan(reference).Outside, Does.Not.ContainKey(StorageRole.Batch));
    }

    private static Session NewSession(CudaBackend cuda, ulong seed = 3) => new(
        new DenseNet(TinyTraining.Model), cuda,
        new SessionSettings { TrainingBatchSizes = [4], EvaluationBatchSizes = [4], Seed = seed });

    private static BatchLoader NewLoader()
    {
        BatchLoader loader = new(TestImages.Create(8, 8, 8), new BatchOptions { BatchSize = 4, IsRaw = true });
        loader.StartEpoch(1);
        return loader;
    }

    private static RecordingObserver Run(Backend backend)
    {
        RecordingObserver seen = new();
        using Trainer trainer = TinyTraining.New(backend, TinyTraining.Settings with { LearningRate = 0.02 });
        trainer.Run([seen]);
        return seen;
    }

    private static IEnumerable<(long, int, int, int, double)> Places(RecordingObserver seen) => seen.Steps.Select(
        step => (step.Step, step.Epoch, step.StepInEpoch, step.Result.Images, step.LearningRate));
}
