using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Backends.Cpu;

/// <summary>Every other operation of odd shapes against the reference backend, on slices.</summary>
public sealed class CpuOperationTests
{
    private static readonly Shape[] Shapes =
    [
        new(1, 1, 1, 1), new(3, 5, 7, 7), new(2, 13, 9, 4), new(5, 3, 1, 1), new(2, 4, 33, 31), new(1, 3, 101, 97),
        new(65, 7, 2, 3),
    ];

    [TestCaseSource(nameof(Shapes))]
    public void Elementwise_OfAnyShape_IsTheReference(Shape shape) => CpuComparison.Check(1, sandbox =>
    {
        Backend backend = sandbox.Backend;
        Tensor a = sandbox.New(shape), b = sandbox.New(shape);
        backend.Fill(0.5, sandbox.New(shape));
        backend.Copy(a, sandbox.New(shape));
        backend.Add(a, b, sandbox.New(shape));
        backend.Multiply(a, b, sandbox.New(shape));
        backend.AddRelu(a, b, sandbox.New(shape));
        backend.Bias(a, sandbox.New(Shape.Vector(shape.C)), sandbox.New(shape));
        Tensor s = sandbox.New(Shape.Scalar);
        backend.Scale(a, s, sandbox.New(shape));
        foreach (Grant grant in new[] { default, new Grant(null, Stores: true) })
        {
            backend.AccumulateScaled(a, s, sandbox.New(shape), grant);
            backend.ReluBackward(b, a, sandbox.New(shape), grant);
            backend.Accumulate(a, sandbox.New(shape), grant);
            backend.MultiplyBackward(a, b, sandbox.New(shape), grant);
        }
    });

    [TestCase(true)]
    [TestCase(false)]
    public void AccumulateScaled_By0OfWhatIsNoNumber_AddsNothing(bool stores) => CpuComparison.Check(1, sandbox =>
    {
        Shape shape = new(2, 3, 7, 5);
        Tensor x = sandbox.NewWhole(shape), s = sandbox.NewWhole(Shape.Scalar), y = sandbox.New(shape);
        sandbox.Backend.Fill(double.NaN, x);
        sandbox.Backend.Fill(0, s);
        sandbox.Backend.AccumulateScaled(x, s, y, new Grant(null, stores));
        sandbox.Backend.Fill(0, x);
    });

    [TestCaseSource(nameof(Shapes))]
    public void Dropout_OfAnyShape_DrawsTheReferencesMask(Shape shape) => CpuComparison.Check(1, sandbox =>
    {
        Backend backend = sandbox.Backend;
        backend.Step = new StepState(0x1234_5678_9ABCUL, 7, 0.1);
        Tensor a = sandbox.New(shape);
        foreach (double rate in new[] { 0, 0.2, 0.5 })
        {
            backend.Dropout(a, rate, 3, sandbox.New(shape));
            backend.DropoutBackward(a, rate, 3, sandbox.New(shape));
            backend.DropoutBackward(a, rate, 3, sandbox.New(shape), new Grant(null, Stores: true));
        }
    });

    [TestCaseSource(nameof(Shapes))]
    public void Normalisation_OfAnyShape_IsTheReference(Shape shape) =>
        CpuComparison.Check((long)shape.N * shape.Plane, sandbox =>
        {
            Backend backend = sandbox.Backend;
            Shape vector = Shape.Vector(shape.C);
            Tensor x = sandbox.New(shape), dy = sandbox.New(shape);
            Normalisation norm = sandbox.NewNormalisation(shape.C);
            backend.ChannelStatistics(x, sandbox.New(vector), sandbox.New(vector));
            backend.NormRelu(x, norm, sandbox.New(shape));
            backend.Norm(x, norm, sandbox.New(shape));
            backend.BiasBackward(dy, sandbox.New(vector));
            backend.MoveRunningStatistics(
                norm.Mean, norm.Variance, 12, 0.1, null, sandbox.New(vector), sandbox.New(vector));
            foreach (Grant grant in new[] { default, new Grant(null, Stores: true) })
            {
                backend.NormReluBackward(x, norm, dy, sandbox.New(shape), sandbox.NewNormalisation(shape.C), grant);
                backend.NormBackward(x, norm, dy, sandbox.New(shape), sandbox.NewNormalisation(shape.C), grant);
                backend.ChannelStatisticsBackward(
                    x, norm.Mean, sandbox.New(vector), sandbox.New(vector), sandbox.New(shape), grant);
            }
        });

    [TestCase(2, 2, 2, 0)]
    [TestCase(3, 3, 2, 1)]
    [TestCase(3, 2, 1, 1)]
    [TestCase(2, 3, 3, 0)]
    [TestCase(7, 6, 1, 0)]
    public void Pooling_OfAnyWindow_IsTheReference(int height, int width, int stride, int padding)
    {
        Window window = new(height, width, stride, padding);
        Shape[] shapes = [new(3, 5, 7, 6), new(1, 13, 33, 39), new(2, 3, 3, 3)];
        foreach (Shape shape in shapes.Where(shape => shape.H >= height && shape.W >= width))
        {
            Shape y = window.Over(shape, shape.C);
            CpuComparison.Check(height * width, sandbox =>
            {
                Backend backend = sandbox.Backend;
                Tensor x = sandbox.New(shape), dy = sandbox.New(y);
                backend.AveragePool(x, window, sandbox.New(y));
                backend.MaxPool(x, window, sandbox.New(y));
                foreach (Grant grant in new[] { default, new Grant(null, Stores: true) })
                {
                    backend.AveragePoolBackward(dy, window, sandbox.New(shape), grant);
                    backend.MaxPoolBackward(x, dy, window, sandbox.New(shape), grant);
                }
            });
        }
    }

    [TestCase(2, 2)]
    [TestCase(3, 1)]
    [TestCase(4, 4)]
    public void NormReluAveragePool_OfAnyWindow_IsNormReluAndThePoolOfTheReference(int side, int stride)
    {
        Window window = new(side, side, stride);
        foreach (Shape x in new Shape[] { new(3, 5, 8, 6), new(1, 13, 33, 39), new(2, 9, 4, 4) })
        {
            CpuComparison.Check(x.N * x.Plane, sandbox => PlayPooledNormRelu(sandbox, x, window));
        }
    }

    [TestCase(1, 2)]
    [TestCase(7, 10)]
    [TestCase(3, 100)]
    public void SoftmaxCrossEntropy_OfAnyShape_IsTheReference(int count, int classes) =>
        CpuComparison.Check(classes, sandbox => PlayLoss(sandbox, count, classes));

    [TestCase(1, true)]
    [TestCase(40_003, true)]
    [TestCase(40_003, false)]
    public void Sgd_OfAnyLength_IsTheReference(int count, bool nesterov) => CpuComparison.Check(1, sandbox =>
    {
        Shape shape = new(1, 1, 1, count);
        sandbox.Backend.Step = new StepState(1, 1, 0.1);
        Tensor w = sandbox.NewWhole(shape), dw = sandbox.NewWhole(shape), v = sandbox.NewWhole(shape);
        sandbox.Backend.Sgd(
            0.9, 1e-4, nesterov, w, dw, v, sandbox.NewWhole(Shape.Scalar),
            sandbox.NewGrant(sandbox.Backend.SgdBytes(count), stores: false));
    });

    [TestCase(16)]
    [TestCase(8)]
    [TestCase(4)]
    public void ChannelStatistics_OfAMeanThatDwarfsTheDeviation_KeepTheDeviation(int lanes)
    {
        using CpuBackend backend = new(2, lanes);
        using Sandbox sandbox = new(backend, seed: 3);
        Shape shape = new(16, 3, 17, 19);
        Tensor x = sandbox.New(shape, 10_000, 10_001);
        Tensor mean = sandbox.New(Shape.Vector(3)), variance = sandbox.New(Shape.Vector(3));
        backend.ChannelStatistics(x, mean, variance);
        double[] values = new double[shape.Count], means = new double[3], variances = new double[3];
        backend.Download(x, values);
        backend.Download(mean, means);
        backend.Download(variance, variances);
        for (int c = 0; c < 3; c++)
        {
            double[] channel = [.. values.Where((_, i) => i / shape.Plane % 3 == c)];
            double mu = channel.Average(), expected = channel.Average(value => (value - mu) * (value - mu));
            Assert.That(means[c], Is.EqualTo(mu).Within(1e-3));
            Assert.That(variances[c], Is.EqualTo(expected).Within(expected * CpuComparison.Tolerance(channel.Length)));
        }
    }

    /// <summary>In one call each where the backend can, else through a copy.</summary>
    private static void PlayPooledNormRelu(Sandbox sandbox, Shape shape, Window window)
    {
        Backend backend = sandbox.Backend;
        Shape pooled = window.Over(shape, shape.C);
        Tensor x = sandbox.New(shape), y = sandbox.New(pooled), dy = sandbox.New(pooled);
        Normalisation norm = sandbox.NewNormalisation(shape.C), dnorm = sandbox.NewNormalisation(shape.C);
        foreach (bool stores in new[] { false, true })
        {
            Tensor dx = sandbox.New(shape);
            if (backend.NormReluAveragePoolBytes(shape, window) is { } bytes)
            {
                backend.NormReluAveragePool(x, norm, window, y, sandbox.NewGrant(bytes, stores));
                backend.NormReluAveragePoolBackward(
                    x, norm, window, dy, dx, dnorm, sandbox.NewGrant(bytes, stores));
                continue;
            }

            Grant copies = sandbox.NewGrant(backend.BytesOf(shape, StorageRole.Feature), stores);
            Tensor copy = Tensor.Of(new Storage("copy", shape, StorageRole.Feature)
            {
                Address = copies.Workspace!.Address,
            });
            backend.NormRelu(x, norm, copy);
            backend.AveragePool(copy, window, y);
            backend.AveragePoolBackward(dy, window, copy, new Grant(null, Stores: true));
            backend.NormReluBackward(x, norm, copy, dx, dnorm, new Grant(null, stores));
        }
    }

    private static void PlayLoss(Sandbox sandbox, int count, int classes)
    {
        Backend backend = sandbox.Backend;
        Shape shape = new(count, classes, 1, 1);
        Tensor logits = sandbox.New(shape, -30, 30), labels = sandbox.NewLabels(count, classes);
        Tensor loss = sandbox.New(Shape.Scalar);
        backend.SoftmaxCrossEntropy(logits, labels, loss, sandbox.New(Shape.Scalar));
        backend.SoftmaxCrossEntropyBackward(logits, labels, loss, sandbox.New(shape));
        backend.SoftmaxCrossEntropyBackward(logits, labels, loss, sandbox.New(shape), new Grant(null, Stores: true));
    }
}
