using DenseNetRaw.Cuda;
using DenseNetRaw.Data;
using DenseNetRaw.Models;
using DenseNetRaw.Tests.Backends;
using DenseNetRaw.Tests.Cuda;
using DenseNetRaw.Tests.Cuda.Kernels;
using DenseNetRaw.Tests.Data;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Training;

/// <summary>
/// Each allocation in turn is refused: of a run's opening and, where the device takes batches, of its first steps.
/// </summary>
[NonParallelizable]
public sealed class AllocationFailureTests
{
    [Test]
    public void Trainer_WhoseAllocationIsRefused_GivesAllBackAndTheNextOneTrains()
    {
        int failing = 1;
        for (; ; failing++)
        {
            using RefusingBackend backend = new(2) { Countdown = failing };
            try
            {
                using Trainer trainer = TinyTraining.New(backend, TinyTraining.Settings);
                if (backend.Countdown > 0)
                    break;
                Assert.Fail($"allocation {failing} was refused and nobody said so");
            }
            catch (InsufficientMemoryException e)
            {
                Assert.That(e.Message, Does.Contain("the cpu device refused them").And.Contain("--batch-size"));
            }

            Assert.That(backend.HeldBytes, Is.Zero, $"after allocation {failing}");
            using Trainer next = TinyTraining.New(backend, TinyTraining.Settings with { MaxSteps = 1 });
            Assert.That(next.Run([]).Steps, Is.EqualTo(1));
        }

        // Parameters, gradients, momentum, their squares and workspace, running statistics, the arena.
        Assert.That(failing - 1, Is.EqualTo(7));
    }

    [Test]
    public void Steps_OnADeviceThatRefusesAnAllocation_GiveAllBackAndTheNextOnesAreTheSame()
    {
        Emulation emulation = TestBackend.RequireEmulation();
        using CudaBackend watch = TestBackend.New(CudaPrecision.Fp32);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long free = watch.AvailableBytes;
        double[] expected;
        using (CudaBackend backend = TestBackend.New(CudaPrecision.Fp32))
        {
            expected = LossesOf(backend);
        }

        int refusals = 0;
        try
        {
            while (IsRefused(emulation, refusals + 1, expected))
            {
                refusals++;
                Assert.That(watch.AvailableBytes, Is.EqualTo(free), $"after allocation {refusals}");
            }
        }
        finally
        {
            emulation.Set("failing_allocation", 0);
        }

        // At least the blocks of a session, both slots of batches, and the small buffers of the device.
        TestContext.Out.WriteLine($"{refusals} allocations were refused in turn");
        Assert.That(refusals, Is.GreaterThan(12));
    }

    /// <summary>
    /// Refuses a session's allocation of this number, and plays another on the same backend; false if there is none.
    /// </summary>
    private static bool IsRefused(Emulation emulation, int failing, double[] expected)
    {
        using CudaBackend backend = TestBackend.New(CudaPrecision.Fp32);
        emulation.Set("failing_allocation", failing);
        bool isRefused = false;
        try
        {
            LossesOf(backend);
        }
        catch (OutOfMemoryException)
        {
            isRefused = true;
        }

        emulation.Set("failing_allocation", 0);
        Assert.That(LossesOf(backend), Is.EqualTo(expected), $"after allocation {failing}");
        return isRefused;
    }

    [Test]
    public void Step_WhoseBatchFindsNoRoom_CanBeBegunAgain()
    {
        Emulation emulation = TestBackend.RequireEmulation();
        using CudaBackend backend = TestBackend.New(CudaPrecision.Fp32);
        double[] expected = LossesOf(backend);
        using CudaBackend other = TestBackend.New(CudaPrecision.Fp32);
        try
        {
            // Of each step's allocations one after the other, until it has all it needs.
            Assert.That(
                LossesOf(other, begin =>
                {
                    for (int failing = 1; ; failing++)
                    {
                        emulation.Set("failing_allocation", failing);
                        try
                        {
                            begin();
                            return;
                        }
                        catch (OutOfMemoryException)
                        {
                        }
                    }
                }),
                Is.EqualTo(expected));
        }
        finally
        {
            emulation.Set("failing_allocation", 0);
        }
    }

    /// <summary>Three steps, two of them under way at a time.</summary>
    private static double[] LossesOf(CudaBackend backend, Action<Action>? beginning = null)
    {
        using BatchLoader loader = new(
            TestImages.Create(4, 8, 8), new BatchOptions { BatchSize = 4, IsRaw = true });
        loader.StartEpoch(1);
        Assert.That(loader.TryNext(out Batch? batch));
        using Session session = new(
            new DenseNet(TinyTraining.Model), backend, new SessionSettings { TrainingBatchSizes = [4], Seed = 3 });
        List<double> losses = [];
        for (int step = 0; step < 3; step++)
        {
            void Begin() => session.BeginTraining(batch!, 0.01);
            if (beginning is null)
                Begin();
            else
                beginning(Begin);
            if (session.StepsUnderWay == session.StepsAhead)
                losses.Add(session.Finish().Loss);
        }

        losses.Add(session.Finish().Loss);
        return [.. losses];
    }
}
