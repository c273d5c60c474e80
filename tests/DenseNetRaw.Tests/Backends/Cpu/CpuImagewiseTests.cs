using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Modules;
using DenseNetRaw.Tests.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Backends.Cpu;

/// <summary>Evaluation image by image: the reference's numbers, and the same bits however images are spread.</summary>
public sealed class CpuImagewiseTests
{
    private const int BatchSize = 9;

    /// <summary>Sums of up to a few hundred float32 terms, one convolution after the other.</summary>
    private const double Tolerance = 1e-5;

    /// <summary>The last is more than there are images, so a batch is played as a whole.</summary>
    private static readonly int[] ThreadCounts = [1, 2, 4, 9, 10];

    private static readonly DenseNetConfiguration Tiny =
        DenseNetConfiguration.Named("densenet-bc-16-4") with { InputHeight = 16, InputWidth = 16 };

    private static IEnumerable<DenseNetConfiguration> Networks() =>
        Enumerable.Range(0, 10).Select(RandomNetwork.Of).Append(Tiny);

    [TestCaseSource(nameof(Networks))]
    public void Evaluate_OfAnyNetwork_IsTheReference(DenseNetConfiguration network)
    {
        using ReferenceBackend reference = new();
        (double loss, int correct, float[] logits) = Evaluate(network, reference, MemoryStrategy.Slab);
        foreach (int lanes in new[] { 16, 8, 4 })
        {
            (double Loss, int Correct, float[] Logits) found =
                Evaluate(network, threads: 4, lanes, MemoryStrategy.Slab);
            Assert.Multiple(() =>
            {
                Assert.That(RelativeError.Of(Doubles(found.Logits), Doubles(logits)), Is.LessThan(Tolerance));
                Assert.That(found.Loss, Is.EqualTo(loss).Within(Tolerance * Math.Max(1, loss)));
                Assert.That(found.Correct, Is.EqualTo(correct));
            });
        }
    }

    [TestCase(16)]
    [TestCase(8)]
    [TestCase(4)]
    public void Evaluate_WithAnyNumberOfThreadsAndStrategy_GivesTheSameBits(int lanes)
    {
        (double Loss, int Correct, float[] Logits)[] found =
        [
            .. from threads in ThreadCounts
               from memory in new[] { MemoryStrategy.Slab, MemoryStrategy.Naive }
               select Evaluate(Tiny, threads, lanes, memory),
        ];
        Assert.That(found.Select(result => result.Logits), Is.All.EqualTo(found[0].Logits));
        Assert.That(found.Select(result => result.Loss), Is.All.EqualTo(found[0].Loss));
    }

    [Test]
    public void Evaluate_AfterParametersMoved_SeesThem()
    {
        using CpuBackend backend = new(2);
        double[] Losses(bool evaluatesBefore)
        {
            using Session session = NewSession(Tiny, backend, MemoryStrategy.Slab);
            (float[] pixels, int[] labels) = NewBatch(Tiny);
            List<double> losses = [];
            for (int i = 0; i < 3; i++)
            {
                if (evaluatesBefore)
                    session.Evaluate(pixels, labels);
                session.Train(pixels, labels, 0.1);
                losses.Add(session.Evaluate(pixels, labels).Loss);
            }

            return [.. losses];
        }

        double[] expected = Losses(evaluatesBefore: false);
        Assert.That(expected, Is.Unique);
        Assert.That(Losses(evaluatesBefore: true), Is.EqualTo(expected));
    }

    [Test]
    [NonParallelizable]
    public void Evaluate_AfterTheFirstTime_AllocatesNothingOnAnyThread()
    {
        using CpuBackend backend = new(4);
        using Session session = NewSession(Tiny, backend, MemoryStrategy.Slab);
        (float[] pixels, int[] labels) = NewBatch(Tiny);
        session.Evaluate(pixels, labels);
        Assert.That(AllocatedBytes.Least(() => session.Evaluate(pixels, labels)), Is.Zero);
    }

    [Test]
    public void Evaluate_OfPoisonedMemoryBetweenCanaries_StaysInsideThePlan()
    {
        const int Margin = 4096;
        const float Canary = 123.25f;
        using CpuBackend backend = new(3);
        DenseNet model = new(Tiny);
        using ParameterStore parameters = new(model, backend, seed: 5);
        (float[] pixels, int[] labels) = NewBatch(Tiny);
        RecordedStep step = RecordedStep.Record(model, backend, MemoryStrategy.Slab, BatchSize, isTraining: false);
        using DeviceMemory memory = backend.Allocate(step.Plan.PeakBytes + (2 * Margin));
        Storage whole = new("canaries", new Shape(1, 1, 1, (int)(memory.Bytes / sizeof(float))), StorageRole.Scratch)
        {
            Address = memory.Address,
        };
        backend.Fill(Canary, Tensor.Of(whole));
        step.Plan.Bind(memory.Address + Margin);
        backend.Upload(pixels, step.Images.Value);
        backend.Upload(labels, step.Labels.Value);
        step.Plan.PlayPoisoned(backend);
        float[] logits = new float[step.Logits.Shape.Count];
        backend.Download(step.Logits.Value, logits);
        float[] values = new float[whole.Shape.Count];
        backend.Download(Tensor.Of(whole), values);
        Assert.Multiple(() =>
        {
            Assert.That(logits, Has.All.Matches<float>(float.IsFinite));
            Assert.That(values[..(Margin / sizeof(float))], Is.All.EqualTo(Canary));
            Assert.That(values[^(Margin / sizeof(float))..], Is.All.EqualTo(Canary));
        });
    }

    [Test]
    public void Plan_OfManyImages_NeedsTheMemoryOfOneAThread()
    {
        using CpuBackend backend = new(2);
        long Bytes(int images) => RecordedStep.Record(
            new DenseNet(Tiny), backend, MemoryStrategy.Slab, images, isTraining: false).Plan.PeakBytes;
        long pixels = backend.BytesOf(new DenseNet(Tiny).InputShape(100), StorageRole.Input);
        Assert.That(Bytes(102) - Bytes(2), Is.InRange(pixels, pixels + (100 * 128)));
    }

    private static (double Loss, int Correct, float[] Logits) Evaluate(
        DenseNetConfiguration network, int threads, int lanes, MemoryStrategy memory)
    {
        using CpuBackend backend = new(threads, lanes);
        return Evaluate(network, backend, memory);
    }

    private static (double Loss, int Correct, float[] Logits) Evaluate(
        DenseNetConfiguration network, Backend backend, MemoryStrategy memory)
    {
        using Session session = NewSession(network, backend, memory);
        (float[] pixels, int[] labels) = NewBatch(network);
        StepResult result = session.Evaluate(pixels, labels);
        float[] logits = new float[BatchSize * network.Classes];
        session.Predict(pixels, BatchSize, logits);
        return (result.Loss, result.Correct, logits);
    }

    /// <summary>Gamma 1, beta 0, mean 0 and variance 1 would hide mistakes in all.</summary>
    private static Session NewSession(DenseNetConfiguration network, Backend backend, MemoryStrategy memory)
    {
        Session session = new(new DenseNet(network), backend, new SessionSettings
        {
            TrainingBatchSizes = [BatchSize],
            EvaluationBatchSizes = [BatchSize],
            Memory = memory,
            Seed = 5,
        });
        uint stream = 100;
        foreach (NormLayer norm in session.Model.NormLayers)
        {
            Variable[] vectors = [norm.Gamma, norm.Beta, norm.Running.Mean, norm.Running.Variance];
            for (int i = 0; i < vectors.Length; i++)
            {
                double least = i % 3 == 0 ? 1 : 0;
                double[] values = [.. NetworkStep.RandomNumbers(vectors[i].Shape.Count, stream++)];
                backend.Upload([.. values.Select(value => least + (0.3 * Math.Tanh(value)))], vectors[i].Value);
            }
        }

        return session;
    }

    private static (float[] Pixels, int[] Labels) NewBatch(DenseNetConfiguration network) => (
        [.. NetworkStep.RandomNumbers(new DenseNet(network).InputShape(BatchSize).Count, 1).Select(x => (float)x)],
        [.. Enumerable.Range(0, BatchSize).Select(n => n % network.Classes)]);

    private static double[] Doubles(float[] values) => [.. values.Select(value => (double)value)];
}
