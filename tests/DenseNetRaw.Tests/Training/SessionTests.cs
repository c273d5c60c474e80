using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Data;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Tests.Data;
using DenseNetRaw.Tests.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Training;

public sealed class SessionTests
{
    private static BatchLoader NewLoader(bool isRaw)
    {
        BatchLoader loader = new(TestImages.Create(4, 8, 8), new BatchOptions { BatchSize = 4, IsRaw = isRaw });
        loader.StartEpoch(1);
        return loader;
    }

    private static readonly DenseNetConfiguration Tiny =
        DenseNetConfiguration.Named("densenet-bc-10-3") with { InputHeight = 8, InputWidth = 8, DropRate = 0.1 };

    [Test]
    [NonParallelizable]
    public void Train_AfterTheFirstStep_AllocatesNoManagedMemory()
    {
        foreach (MemoryStrategy memory in MemoryStrategy.Ladder.Append(MemoryStrategy.Auto))
        {
            Assert.That(LeastAllocatedInAStep(memory), Is.Zero, memory.Name);
        }
    }

    [Test]
    public void Arena_SharedByAllPlans_IsAsLargeAsTheLargest()
    {
        using ReferenceBackend backend = new();
        using Session session = NewSession(backend, MemoryStrategy.Slab, 5, 2);
        long largest = new[] { 5, 2 }.Max(n => Math.Max(
            session.StepFor(n, true).Plan.PeakBytes, session.StepFor(n, false).Plan.PeakBytes));
        Assert.That(session.Plan.PeakBytes, Is.EqualTo(largest));
        Assert.That(session.ArenaBytes, Is.EqualTo(largest));
    }

    [Test]
    public void Train_OnABatchThatOverfits_LowersTheLoss()
    {
        using ReferenceBackend backend = new();
        using Session session = NewSession(backend, MemoryStrategy.Slab, 4);
        float[] pixels = Pixels(4);
        double first = session.Train(pixels, [0, 1, 2, 3], 0.05).Loss, last = 0;
        for (int i = 0; i < 30; i++)
            last = session.Train(pixels, [0, 1, 2, 3], 0.05).Loss;
        Assert.That(last, Is.LessThan(first / 2));
    }

    [Test]
    public void BeginTraining_OnABackendOfTheHost_HasPlayedTheStep()
    {
        using ReferenceBackend backend = new();
        using Session session = NewSession(backend, MemoryStrategy.Slab, 4);
        using Session other = NewSession(backend, MemoryStrategy.Slab, 4);
        using BatchLoader loader = NewLoader(isRaw: false);
        Assert.That(loader.TryNext(out Batch? batch));
        session.BeginTraining(batch!, 0.1);
        Assert.That((session.StepsAhead, session.StepsUnderWay, session.StepsPlayed), Is.EqualTo((1, 1, 1)));
        Assert.That(() => session.BeginTraining(batch!, 0.1), Throws.InvalidOperationException);
        Assert.That(session.Finish(), Is.EqualTo(other.Train(batch!.Pixels, batch.Labels, 0.1)));
        Assert.That(session.Finish, Throws.InvalidOperationException);
    }

    [Test]
    public void BeginTraining_OnRawImagesThatTheBackendCannotTake_SaysSo()
    {
        using ReferenceBackend backend = new();
        using Session session = NewSession(backend, MemoryStrategy.Slab, 4);
        using BatchLoader loader = NewLoader(isRaw: true);
        Assert.That(loader.TryNext(out Batch? batch));
        Assert.That(
            () => session.BeginTraining(batch!, 0.1),
            Throws.ArgumentException.With.Message.Contains("reference").And.Message.Contains("raw"));
        Assert.That((session.StepsUnderWay, session.StepsPlayed), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Evaluate_BetweenSteps_ChangesNothing()
    {
        using ReferenceBackend backend = new();
        double[] Losses(bool evaluates)
        {
            using Session session = NewSession(backend, MemoryStrategy.SlabMinimal, 4, 3);
            List<double> losses = [];
            for (int i = 0; i < 4; i++)
            {
                losses.Add(session.Train(Pixels(4), [0, 1, 2, 3], 0.1).Loss);
                if (evaluates)
                    session.Evaluate(Pixels(3), [0, 1, 2]);
            }

            return [.. losses];
        }

        Assert.That(Losses(true), Is.EqualTo(Losses(false)));
    }

    [Test]
    public void StepFor_ABatchThatWasNotPlanned_NamesItsSize()
    {
        using ReferenceBackend backend = new();
        using Session session = NewSession(backend, MemoryStrategy.Slab, 4);
        Assert.That(
            () => session.Evaluate(Pixels(5), [0, 1, 2, 3, 4]),
            Throws.ArgumentException.With.Message.Contains("batch of 5"));
    }

    [Test]
    public void Train_OnPixelsOfAnotherSize_SaysBothNumbersAndCountsNoStep()
    {
        using ReferenceBackend backend = new();
        using Session session = NewSession(backend, MemoryStrategy.Slab, 4);
        foreach (int images in new[] { 3, 5 })
        {
            Assert.That(
                () => session.Train(Pixels(images), [0, 1, 2, 3], 0.1),
                Throws.ArgumentException.With.Message.EqualTo(
                    $"images [4, 3, 8, 8] takes 768 values, found {images * 192}"));
        }

        Assert.That(session.StepsPlayed, Is.Zero);
    }

    [Test]
    public void Session_ThatCannotFit_SaysBothNumbers()
    {
        using ReferenceBackend backend = new();
        Assert.That(
            () => NewSession(backend, MemoryStrategy.Naive, 4_000_000),
            Throws.TypeOf<InsufficientMemoryException>().With.Message.Match(
                @"naive needs [\d,.]+ MiB to train densenet-bc-10-3 on a batch of 4,000,000, and the reference device "
                + @"can give [\d,.]+ MiB: (--memory auto|--batch-size \d+ with --memory auto) fits\. The "
                + @"largest variables at the peak:(\n  \S.* \[4000000, .*\] [\d,.]+ MiB){1,5}$"));
    }

    private static long LeastAllocatedInAStep(MemoryStrategy memory)
    {
        using ReferenceBackend backend = new();
        using Session session = NewSession(backend, memory, 4);
        float[] pixels = Pixels(4);
        int[] labels = [0, 1, 2, 3];
        session.Train(pixels, labels, 0.1);
        session.Evaluate(pixels, labels);
        return AllocatedBytes.Least(() =>
        {
            session.Train(pixels, labels, 0.1);
            session.Evaluate(pixels, labels);
        });
    }

    private static Session NewSession(ReferenceBackend backend, MemoryStrategy memory, params int[] batchSizes) => new(
        new DenseNet(Tiny), backend,
        new SessionSettings
        {
            TrainingBatchSizes = batchSizes,
            EvaluationBatchSizes = batchSizes,
            Memory = memory,
            Seed = 3,
        });

    private static float[] Pixels(int count) => [.. NetworkStep.RandomNumbers(count * 3 * 64, 1).Select(x => (float)x)];
}
