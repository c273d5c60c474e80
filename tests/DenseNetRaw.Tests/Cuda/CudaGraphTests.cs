using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda;
using DenseNetRaw.Data;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Operations;
using DenseNetRaw.Tests.Cuda.Kernels;
using DenseNetRaw.Tests.Data;
using DenseNetRaw.Tests.Models;
using DenseNetRaw.Training;
using DenseNetRaw.Verification;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>Steps captured as graphs. Not beside other tests, since the log of calls is the process's.</summary>
[NonParallelizable]
public sealed class CudaGraphTests
{
    private static readonly int[] Labels = [0, 1, 2, 3];

    private static readonly DenseNetConfiguration Tiny =
        DenseNetConfiguration.Named("densenet-bc-10-3") with { InputHeight = 8, InputWidth = 8, DropRate = 0.1 };

    [Test]
    public void BeginTraining_InASteadyStep_IsOneUploadAndOneGraph()
    {
        Emulation emulation = TestBackend.RequireEmulation();
        using CudaBackend cuda = TestBackend.New(CudaPrecision.Bf16);
        using Session session = NewSession(cuda);
        using BatchLoader loader = NewLoader();
        for (int step = 0; step < 4; step++)
        {
            Begin(session, loader);
        }

        string[] calls = emulation.Record(() => Begin(session, loader));
        string[] launches = [.. calls.Where(call => call.StartsWith("  ", StringComparison.Ordinal))];
        Assert.That(calls.Where(IsWork), Is.EqualTo(new[] { "cuMemcpyHtoDAsync_v2", "cuGraphLaunch" }));
        Assert.That(launches, Is.Empty);
        int launch = Array.IndexOf(calls, "cuGraphLaunch"), wait = Array.LastIndexOf(calls, "cuEventSynchronize");
        Assert.That(wait, Is.GreaterThan(launch), "the step is under way when the host waits for the one before");

        static bool IsWork(string call) =>
            call.StartsWith("cuMem", StringComparison.Ordinal) || call.StartsWith("cuGraph", StringComparison.Ordinal)
            || call.StartsWith("cuStreamSync", StringComparison.Ordinal)
            || call.Contains("Alloc", StringComparison.Ordinal) || call.Contains("cu", StringComparison.Ordinal)
            && (call.Contains("blas", StringComparison.Ordinal) || call.Contains("dnn", StringComparison.Ordinal));
    }

    [TestCase(CudaPrecision.Fp32)]
    [TestCase(CudaPrecision.Bf16)]
    public void BeginTraining_AtEveryLearningRate_GivesTheBitsOfStepsOneByOne(CudaPrecision precision)
    {
        double[][] losses = [.. new[] { true, false }.Select(isRaw =>
        {
            TestBackend.Require();
            using CudaBackend cuda = TestBackend.New(precision, isDeterministic: true);
            using Session session = NewSession(cuda);
            using BatchLoader loader = NewLoader(isRaw);
            List<double> results = [];
            foreach (double learningRate in new[] { 0.1, 0.1, 0.1, 0.01, 0, 0, 0.2, 0.1 })
            {
                session.BeginTraining(Next(loader), learningRate);
                if (session.StepsUnderWay == session.StepsAhead || !isRaw)
                {
                    results.Add(session.Finish().Loss);
                }
            }

            while (session.StepsUnderWay > 0)
            {
                results.Add(session.Finish().Loss);
            }

            return results.ToArray();
        })];
        Assert.That(losses[0], Is.EqualTo(losses[1]).And.Length.EqualTo(8));
        Assert.That(losses[0].Distinct().Count(), Is.GreaterThan(6));
    }

    [TestCase(CudaPrecision.Fp32)]
    [TestCase(CudaPrecision.Bf16)]
    public void Train_AsAGraph_GivesTheBitsOfCallsAtEveryLearningRate(CudaPrecision precision)
    {
        double[][] losses = [.. new[] { true, false }.Select(captures =>
        {
            TestBackend.Require();
            using CudaBackend cuda = new(new CudaSettings
            {
                Precision = precision, WorkspaceBytes = TestBackend.WorkspaceBytes, IsDeterministic = true,
                CapturesSteps = captures,
            });
            using Session session = NewSession(cuda);
            List<double> results = [];
            foreach (double learningRate in new[] { 0.1, 0.1, 0.1, 0.01, 0, 0, 0.2 })
            {
                results.Add(session.Train(Pixels, Labels, learningRate).Loss);
                results.Add(session.Evaluate(Pixels, Labels).Loss);
            }

            return results.ToArray();
        })];
        Assert.That(losses[0], Is.EqualTo(losses[1]));
        Assert.That(losses[0].Distinct().Count(), Is.GreaterThan(8));
    }

    [Test]
    public void Play_OfAPlanBoundAnew_IsCapturedAnew()
    {
        using CudaBackend cuda = TestBackend.New(CudaPrecision.Fp32);
        SampleGraph graph = new(MemoryStrategy.Naive);
        Variable x = graph.Input("x", new Shape(1, 3, 2, 2));
        Variable y = Multiply.Record(graph.Tape, x, x);
        using SamplePlay play = new(graph, cuda, loss: null);
        using DeviceMemory other = cuda.Allocate(play.Plan.PeakBytes);
        double[] expected = [.. graph.Numbers[x].Select(value => value * value)];
        for (int i = 0; i < 6; i++)
        {
            if (i == 3)
            {
                play.Plan.Bind(other);
            }

            play.Upload();
            cuda.Fill(0, y.Value);
            cuda.Play(play.Plan);
            Assert.That(play.Download(y.Value), Is.EqualTo(expected).Within(1e-6), $"play {i}");
        }
    }

    [Test]
    public void Play_OfAnOperationOfTheHost_IsNeverCaptured()
    {
        using CudaBackend cuda = TestBackend.New(CudaPrecision.Fp32);
        SampleGraph graph = new(MemoryStrategy.Naive);
        Variable x = graph.Input("x", new Shape(1, 3, 2, 2)), y = graph.Output("y", new Shape(1, 3, 2, 2));
        int plays = 0;
        graph.Tape.Record(new HostCopy(x, y, () => plays++));
        using SamplePlay play = new(graph, cuda, loss: null);
        for (int i = 0; i < 4; i++)
        {
            play.Upload();
            cuda.Play(play.Plan);
        }

        Assert.That(plays, Is.EqualTo(4));
    }

    private static float[] Pixels => [.. NetworkStep.RandomNumbers(4 * 3 * 64, 1).Select(x => (float)x)];

    private static void Begin(Session session, BatchLoader loader)
    {
        session.BeginTraining(Next(loader), 0.1);
        if (session.StepsUnderWay == session.StepsAhead)
        {
            session.Finish();
        }
    }

    private static Batch Next(BatchLoader loader)
    {
        Assert.That(loader.TryNext(out Batch? batch));
        return batch!;
    }

    private static BatchLoader NewLoader(bool isRaw = true)
    {
        BatchLoader loader = new(
            TestImages.Create(32, 8, 8),
            new BatchOptions { BatchSize = 4, Augmentation = Augmentation.Standard, IsRaw = isRaw });
        loader.StartEpoch(1);
        return loader;
    }

    private static Session NewSession(CudaBackend cuda) => new(
        new DenseNet(Tiny), cuda,
        new SessionSettings { TrainingBatchSizes = [4], EvaluationBatchSizes = [4], Seed = 3 });

    /// <summary>y = x by way of the host.</summary>
    private sealed class HostCopy(Variable x, Variable y, Action played) : Node([x], [y])
    {
        public override void Forward(Backend backend) => backend.Custom(
            nameof(HostCopy), [x.Value],
            device =>
            {
                double[] values = new double[x.Shape.Count];
                device.Download(x.Value, values);
                device.Upload(values, y.Value);
                played();
            },
            [y.Value], []);

        public override void Backward(Backend backend)
        {
        }
    }
}
