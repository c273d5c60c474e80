using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Cuda;
using DenseNetRaw.Data;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Tests.Data;
using DenseNetRaw.Tests.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>Sessions on the device, and what it refuses.</summary>
public sealed class CudaSessionTests
{
    private static readonly DenseNetConfiguration Tiny =
        DenseNetConfiguration.Named("densenet-bc-10-3") with { InputHeight = 8, InputWidth = 8, DropRate = 0.1 };

    [TestCase(CudaPrecision.Fp32, 1e-4)]
    [TestCase(CudaPrecision.Tf32, 1e-2)]
    [TestCase(CudaPrecision.Bf16, 1e-1)]
    public void Session_ThatTrainsAndEvaluatesPartialBatches_FollowsTheReference(
        CudaPrecision precision, double tolerance)
    {
        using CudaBackend cuda = TestBackend.New(precision);
        using ReferenceBackend reference = new();
        Assert.That(Losses(cuda), Is.EqualTo(Losses(reference)).Within(tolerance));
    }

    [Test]
    public void Train_OnABatchThatOverfits_LowersTheLoss([Values] CudaPrecision precision)
    {
        using CudaBackend cuda = TestBackend.New(precision);
        using Session session = NewSession(cuda);
        double first = session.Train(Pixels(4), [0, 1, 2, 3], 0.05).Loss, last = 0;
        for (int i = 0; i < 20; i++)
        {
            last = session.Train(Pixels(4), [0, 1, 2, 3], 0.05).Loss;
        }

        Assert.That(last, Is.LessThan(first * 0.7));
    }

    [Test]
    [NonParallelizable]
    public void Train_AfterTheFirstSteps_AllocatesNoManagedMemory()
    {
        using CudaBackend cuda = TestBackend.New(CudaPrecision.Bf16);
        using Session session = NewSession(cuda);
        float[] pixels = Pixels(4);
        int[] labels = [0, 1, 2, 3];
        Assert.That(LeastAllocated(() => session.Train(pixels, labels, 0.1)), Is.Zero);
        using BatchLoader loader = new(TestImages.Create(4, 8, 8), new BatchOptions { BatchSize = 4, IsRaw = true });
        loader.StartEpoch(1);
        Assert.That(loader.TryNext(out Batch? batch));
        Assert.That(LeastAllocated(Begin), Is.Zero);

        void Begin()
        {
            session.BeginTraining(batch!, 0.1);
            if (session.StepsUnderWay == session.StepsAhead)
            {
                session.Finish();
            }
        }
    }

    [Test]
    public void Train_WithDeterministicAlgorithms_GivesTheSameBits()
    {
        double[][] losses = [.. Enumerable.Range(0, 2).Select(_ =>
        {
            using CudaBackend cuda = TestBackend.New(CudaPrecision.Fp32, isDeterministic: true);
            return Losses(cuda);
        })];
        Assert.That(losses[1], Is.EqualTo(losses[0]));
    }

    [Test]
    public void Allocate_OfMoreThanTheDeviceHas_SaysBothNumbers()
    {
        using CudaBackend cuda = TestBackend.New(CudaPrecision.Fp32);
        Assert.That(
            () => cuda.Allocate(1L << 50),
            Throws.TypeOf<InsufficientMemoryException>().With.Message.Match(@"has \d+ bytes .* left, \d+ are needed"));
    }

    [Test]
    public void Device_ThatIsNotThere_IsRefused()
    {
        TestBackend.Require();
        using CudaBackend cuda = new(new CudaSettings { Ordinal = 77 });
        Assert.That(() => cuda.Allocate(1), Throws.ArgumentException.With.Message.StartsWith("there is no cuda:77"));
    }

    [Test]
    public void Convolution_ThatNoAlgorithmComputesInTheWorkspace_AsksForMore()
    {
        TestBackend.RequireEmulation();
        using CudaBackend cuda = new(new CudaSettings { WorkspaceBytes = 0, IsDeterministic = true });
        Assert.That(
            () => Losses(cuda),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("--workspace"));
    }

    [Test]
    public void Sizes_OfAnyPrecision_NeedNoDevice()
    {
        // No machine has this device.
        using CudaBackend fp32 = new(new CudaSettings { Ordinal = 77 });
        using CudaBackend bf16 = new(new CudaSettings { Ordinal = 77, Precision = CudaPrecision.Bf16 });
        long Peak(CudaBackend backend) =>
            RecordedStep.Record(new DenseNet(Tiny), backend, MemoryStrategy.Naive, 64, isTraining: true).Plan.PeakBytes;
        Assert.That(Peak(bf16), Is.LessThan(Peak(fp32)));
        Assert.That(fp32.BytesOf(new Shape(2, 5, 3, 3), StorageRole.Feature), Is.EqualTo(2 * 9 * 8 * 4));
        Assert.That(bf16.BytesOf(new Shape(2, 5, 3, 3), StorageRole.Feature), Is.EqualTo(2 * 9 * 8 * 2));
        Assert.That(bf16.BytesOf(new Shape(2, 5, 3, 3), StorageRole.Parameter), Is.EqualTo(2 * 9 * 5 * 4));
    }

    /// <summary>
    /// Bytes that a step allocates once it is captured. The count is of all threads, the test runner's too.
    /// </summary>
    private static long LeastAllocated(Action step)
    {
        for (int i = 0; i < 4; i++)
        {
            step();
        }

        return AllocatedBytes.Least(step);
    }

    /// <summary>Three steps on a full batch and a partial one, and evaluations of both.</summary>
    private static double[] Losses(Backend backend)
    {
        using Session session = NewSession(backend);
        List<double> losses = [];
        for (int step = 0; step < 3; step++)
        {
            losses.Add(session.Train(Pixels(4), [0, 1, 2, 3], 0.02).Loss);
            losses.Add(session.Train(Pixels(3), [3, 1, 0], 0.01).Loss);
        }

        losses.Add(session.Evaluate(Pixels(4), [0, 1, 2, 3]).Loss);
        losses.Add(session.Evaluate(Pixels(3), [0, 1, 2]).Loss);
        return [.. losses];
    }

    private static Session NewSession(Backend backend) => new(
        new DenseNet(Tiny), backend,
        new SessionSettings { TrainingBatchSizes = [4, 3], EvaluationBatchSizes = [4, 3], Seed = 3 });

    private static float[] Pixels(int count) => [.. NetworkStep.RandomNumbers(count * 3 * 64, 1).Select(x => (float)x)];
}
