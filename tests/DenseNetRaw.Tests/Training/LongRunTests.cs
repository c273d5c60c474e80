using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Cuda;
using DenseNetRaw.Data;
using DenseNetRaw.Models;
using DenseNetRaw.Tests.Cuda;
using DenseNetRaw.Tests.Data;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Training;

/// <summary>A week on a machine is many steps: nothing may grow with their number.</summary>
[NonParallelizable]
public sealed class LongRunTests
{
    private const long MostGrowth = 5_000_000;
    private const int Windows = 4;

    /// <summary>Steps after which all code is compiled for good, or nearly.</summary>
    private static readonly int WarmUp = LongForm.Count(100, 1_000);

    /// <remarks>
    /// Now and then, on a busy machine, the runtime opens a pipe of its own meanwhile; a leak is there every time.
    /// </remarks>
    [Test]
    [Retry(3)]
    public void Run_OfManySteps_TakesNoMoreMemoryAndNoMoreHandles([Values("cpu", "cuda")] string device)
    {
        int steps = WarmUp + (device == "cpu" ? LongForm.Count(500, 10_000) : LongForm.Count(60, 2_000));
        string[] handlesBefore = Handles();
        using (Backend backend = NewBackend(device))
        {
            TrainingSettings settings = TinyTraining.Settings with
            {
                MaxSteps = steps,
                Epochs = steps,
                LearningRateShape = LearningRateShape.Constant,
                LearningRate = 1e-3,
            };
            using Trainer trainer = TinyTraining.New(backend, settings);
            List<Held> held = [];
            trainer.Run([new RecordingSteps(report =>
            {
                if (report.Step >= WarmUp && (report.Step - WarmUp) % ((steps - WarmUp) / Windows) == 0)
                    held.Add(Held.Now(trainer));
            })]);
            (Held first, Held last) = (held[0], held[^1]);

            // What else the process does takes memory in some windows; a leak does in all.
            long growth = Windows * held.Skip(1).Zip(held, (after, before) => after.Native - before.Native).Min();
            TestContext.Out.WriteLine(
                $"{device}, {steps} steps: native {first.Native} bytes at {WarmUp}, {last.Native} at the end; managed "
                + $"{first.Managed} and {last.Managed}; arena {last.Arena}; "
                + $"{first.Handles.Length} and {last.Handles.Length} handles");
            using (Assert.EnterMultipleScope())
            {
                Assert.That(last.Arena, Is.EqualTo(first.Arena).And.GreaterThan(0));
                Assert.That(last.Device, Is.EqualTo(first.Device));
                Assert.That(held, Has.Count.EqualTo(Windows + 1));
                Assert.That(growth, Is.LessThan(MostGrowth));
                Assert.That(last.Managed - first.Managed, Is.LessThan(MostGrowth));
                Assert.That(last.Handles, Is.SubsetOf(first.Handles));
            }
        }

        Assert.That(Handles(), Is.SubsetOf(handlesBefore));
    }

    [Test]
    public void Train_ManyTimes_AllocatesNothingOnTheManagedHeap([Values("cpu", "cuda")] string device)
    {
        int steps = device == "cpu" ? LongForm.Count(500, 10_000) : LongForm.Count(60, 2_000);
        using Backend backend = NewBackend(device);
        using Session session = new(
            new DenseNet(TinyTraining.Model), backend, new SessionSettings { TrainingBatchSizes = [8] });
        using BatchLoader loader = new(
            TestImages.Create(8, 8, 8), new BatchOptions { BatchSize = 8, IsRaw = session.TakesRawBatches });
        loader.StartEpoch(1);
        Assert.That(loader.TryNext(out Batch? batch));
        void Train(int count)
        {
            for (int i = 0; i < count; i++)
            {
                session.BeginTraining(batch!, 1e-3);
                if (session.StepsUnderWay == session.StepsAhead)
                    session.Finish();
            }

            while (session.StepsUnderWay > 0)
                session.Finish();
        }

        Train(WarmUp);
        long before = GC.GetAllocatedBytesForCurrentThread(), least = long.MaxValue;
        for (int window = 0; window < Windows; window++)
        {
            long all = GC.GetTotalAllocatedBytes(precise: true);
            Train(steps / Windows);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - all);
        }

        long own = GC.GetAllocatedBytesForCurrentThread() - before;
        TestContext.Out.WriteLine(
            $"{device}, {steps} steps: {own} bytes allocated by their thread, {least} by all in a quarter of them");
        Assert.That(own, Is.Zero);

        // The test runner's threads are among all, but not in every window; one object a step would be 24 bytes.
        Assert.That(least, Is.LessThan(24L * (steps / Windows)));
    }

    private static Backend NewBackend(string device) =>
        device == "cpu" ? new CpuBackend(2) : TestBackend.New(CudaPrecision.Fp32);

    /// <summary>What the process has open, but for assemblies, which the runtime never closes.</summary>
    private static string[] Handles() => !Directory.Exists("/proc/self/fd")
        ? []
        : [.. Directory.GetFileSystemEntries("/proc/self/fd").Select(TargetOf).OfType<string>()
            .Where(target => !target.EndsWith(".dll", StringComparison.Ordinal))];

    private static string? TargetOf(string handle)
    {
        try
        {
            return new FileInfo(handle).LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>
    /// What a run holds at some step. Native is resident memory but for the managed heap, which the collector makes
    /// larger and smaller by megabytes as it sees fit; Managed is what of that is in use.
    /// </summary>
    private sealed record Held(long Arena, long Device, long Native, long Managed, string[] Handles)
    {
        public static Held Now(Trainer trainer)
        {
            long managed = GC.GetTotalMemory(forceFullCollection: true);
            long native = Environment.WorkingSet - GC.GetGCMemoryInfo().TotalCommittedBytes;
            long device = trainer.Session.Backend is CudaBackend cuda ? cuda.AvailableBytes : 0;
            return new Held(trainer.Session.ArenaBytes, device, native, managed, LongRunTests.Handles());
        }
    }

    private sealed class RecordingSteps(Action<StepReport> stepEnded) : ITrainingObserver
    {
        public void StepEnded(in StepReport report) => stepEnded(report);
    }
}
