using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda;
using DenseNetRaw.Cuda.Execution;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda.Kernels;

/// <summary>Every kernel on odd shapes against the reference backend, in fp32 and bf16.</summary>
public sealed class KernelTests
{
    private static readonly Grant[] AddsAndStores = [default, new Grant(null, Stores: true)];

    private static readonly Shape[] Shapes =
    [
        new(1, 1, 1, 1), new(3, 5, 7, 7), new(2, 13, 9, 4), new(5, 3, 1, 1), new(2, 24, 33, 11), new(1, 300, 3, 2),
        new(65, 7, 2, 3),
    ];

    [TestCaseSource(nameof(Shapes))]
    public void Elementwise_OfAnyShape_IsTheReference(Shape shape) => KernelComparison.Check(1, sandbox =>
    {
        Backend backend = sandbox.Backend;
        Tensor a = sandbox.NewFeatures(shape), b = sandbox.NewFeatures(shape), dy = sandbox.NewGradients(shape);
        backend.Fill(0.5, sandbox.NewFeatures(shape));
        backend.Copy(a, sandbox.NewFeatures(shape));
        backend.Copy(a, sandbox.NewGradients(shape));
        backend.Copy(dy, sandbox.NewFeatures(shape));
        backend.Add(a, b, sandbox.NewFeatures(shape));
        backend.AddRelu(a, b, sandbox.NewFeatures(shape));
        backend.Multiply(a, b, sandbox.NewFeatures(shape));
        Tensor s = sandbox.NewVector(1);
        backend.Scale(a, s, sandbox.NewFeatures(shape));
        backend.Bias(a, sandbox.NewVector(shape.C), sandbox.NewFeatures(shape));
        foreach (Grant grant in AddsAndStores)
        {
            backend.Accumulate(dy, sandbox.NewGradients(shape), grant);
            backend.Accumulate(a, sandbox.NewGradients(shape), grant);
            backend.Accumulate(a, sandbox.NewFeatures(shape), grant);
            backend.Accumulate(dy, sandbox.NewFeatures(shape), grant);
            backend.MultiplyBackward(dy, b, sandbox.NewGradients(shape), grant);
            backend.AccumulateScaled(a, s, sandbox.NewGradients(shape), grant);
            backend.AccumulateScaled(dy, s, sandbox.NewFeatures(shape), grant);
            backend.AccumulateScaled(dy, s, sandbox.NewGradients(shape), grant);
            backend.ReluBackward(b, dy, sandbox.NewGradients(shape), grant);
            backend.ReluBackward(b, a, sandbox.NewGradients(shape), grant);
        }
    });

    [Test]
    public void SumAndProducts_OfAnyMixOfTypes_AreTheReference() => KernelComparison.Check(1, sandbox =>
    {
        Shape shape = new(3, 5, 7, 7);
        Func<Tensor>[] types = [() => sandbox.NewFeatures(shape), () => sandbox.NewGradients(shape)];
        foreach (Func<Tensor> newA in types)
        {
            foreach (Func<Tensor> newB in types)
            {
                foreach (Func<Tensor> newY in types)
                {
                    Tensor a = newA(), b = newB();
                    sandbox.Backend.Add(a, b, newY());
                    sandbox.Backend.Multiply(a, b, newY());
                    sandbox.Backend.MultiplyBackward(a, b, newY(), new Grant(null, Stores: true));
                    sandbox.Backend.MultiplyBackward(a, b, newY());
                }
            }
        }
    });

    [TestCase(true)]
    [TestCase(false)]
    public void AccumulateScaled_By0OfWhatIsNoNumber_AddsNothing(bool stores) => KernelComparison.Check(1, sandbox =>
    {
        Shape shape = new(2, 3, 7, 5);
        Tensor x = sandbox.NewUncompared(shape), s = sandbox.NewVector(1);
        sandbox.Backend.Fill(double.NaN, x);
        sandbox.Backend.Fill(0, s);
        sandbox.Backend.AccumulateScaled(x, s, sandbox.NewGradients(shape), new Grant(null, stores));
    });

    [TestCase(0)]
    [TestCase(1)]
    public void MoveRunningStatistics_BehindAGate_MovesThemWhereOpen(int gate) => KernelComparison.Check(1, sandbox =>
    {
        Tensor mean = sandbox.NewVector(7), variance = sandbox.NewVector(7, 0.5, 2), gates = sandbox.NewVector(3);
        sandbox.Backend.Fill(gate, gates.Channels(1, 1));
        sandbox.Backend.MoveRunningStatistics(
            mean, variance, 12, 0.1, gates.Channels(1, 1), sandbox.NewVector(7), sandbox.NewVector(7));
    });

    [TestCaseSource(nameof(Shapes))]
    public void Dropout_OfAnyShape_DrawsTheReferencesMask(Shape shape) => KernelComparison.Check(1, sandbox =>
    {
        Backend backend = sandbox.Backend;
        backend.Step = new StepState(0x1234_5678_9ABCUL, 7, 0.1);
        Tensor x = sandbox.NewFeatures(shape), dy = sandbox.NewGradients(shape);
        foreach (double rate in new[] { 0, 0.2, 0.5 })
        {
            backend.Dropout(x, rate, 3, sandbox.NewFeatures(shape));
            backend.DropoutBackward(dy, rate, 3, sandbox.NewGradients(shape));
            backend.DropoutBackward(x, rate, 3, sandbox.NewGradients(shape), new Grant(null, Stores: true));
        }
    });

    [TestCaseSource(nameof(Shapes))]
    public void Normalisation_OfAnyShape_IsTheReference(Shape shape) =>
        KernelComparison.Check((long)shape.N * shape.Plane, sandbox =>
        {
            Backend backend = sandbox.Backend;
            Tensor x = sandbox.NewFeatures(shape), dy = sandbox.NewGradients(shape);
            Normalisation norm = sandbox.NewNormalisation(shape.C);
            backend.ChannelStatistics(
                x, sandbox.NewVector(shape.C), sandbox.NewVector(shape.C), sandbox.NewGrant(shape));
            CopyWithStatistics(sandbox, x);
            backend.NormRelu(x, norm, sandbox.NewFeatures(shape));
            backend.Norm(x, norm, sandbox.NewFeatures(shape));
            backend.BiasBackward(dy, sandbox.NewVector(shape.C), sandbox.NewGrant(shape));
            backend.MoveRunningStatistics(
                norm.Mean, norm.Variance, 12, 0.1, null, sandbox.NewVector(shape.C), sandbox.NewVector(shape.C));
            foreach (bool stores in new[] { false, true })
            {
                Grant grant = sandbox.NewGrant(shape, stores);
                backend.NormReluBackward(
                    x, norm, dy, sandbox.NewGradients(shape), sandbox.NewNormalisation(shape.C), grant);
                backend.NormReluBackward(
                    x, norm, sandbox.NewFeatures(shape), sandbox.NewGradients(shape),
                    sandbox.NewNormalisation(shape.C), grant);
                backend.NormBackward(
                    x, norm, dy, sandbox.NewGradients(shape), sandbox.NewNormalisation(shape.C), grant);
                backend.NormBackward(
                    x, norm, sandbox.NewFeatures(shape), sandbox.NewGradients(shape),
                    sandbox.NewNormalisation(shape.C), grant);
                backend.ChannelStatisticsBackward(
                    x, norm.Mean, sandbox.NewVector(shape.C), sandbox.NewVector(shape.C),
                    sandbox.NewGradients(shape), grant);
            }
        });

    [TestCase(2, 2, 2, 0)]
    [TestCase(3, 3, 2, 1)]
    [TestCase(3, 2, 1, 1)]
    [TestCase(2, 3, 3, 0)]
    public void Pooling_OfAnyWindow_IsTheReference(int height, int width, int stride, int padding)
    {
        Window window = new(height, width, stride, padding);
        foreach (Shape shape in new Shape[] { new(3, 5, 7, 6), new(1, 13, 12, 12), new(2, 3, 3, 3) })
        {
            Shape pooled = window.Over(shape, shape.C);
            KernelComparison.Check(height * width, sandbox =>
            {
                Backend backend = sandbox.Backend;
                Tensor x = sandbox.NewFeatures(shape), dy = sandbox.NewGradients(pooled);
                backend.AveragePool(x, window, sandbox.NewFeatures(pooled));
                backend.MaxPool(x, window, sandbox.NewFeatures(pooled));
                foreach (Grant grant in AddsAndStores)
                {
                    backend.AveragePoolBackward(dy, window, sandbox.NewGradients(shape), grant);
                    backend.MaxPoolBackward(x, dy, window, sandbox.NewGradients(shape), grant);
                }
            });
        }
    }

    [TestCase(2, 2, 2, 0)]
    [TestCase(3, 2, 2, 1)]
    [TestCase(3, 3, 1, 1)]
    [TestCase(2, 1, 3, 0)]
    [TestCase(7, 6, 1, 0)]
    public void NormReluPooling_OfAnyWindow_IsTheReference(int height, int width, int stride, int padding)
    {
        Window window = new(height, width, stride, padding);
        foreach (Shape shape in new Shape[] { new(3, 5, 7, 6), new(2, 13, 12, 12), new(1, 300, 8, 7) })
        {
            Shape pooled = window.Over(shape, shape.C);
            KernelComparison.Check(Math.Max((long)shape.N * shape.Plane, height * width), sandbox =>
            {
                Backend backend = sandbox.Backend;
                Tensor x = sandbox.NewFeatures(shape), dy = sandbox.NewGradients(pooled);
                Normalisation norm = sandbox.NewNormalisation(shape.C);
                PoolNormRelu(sandbox, x, norm, window, sandbox.NewFeatures(pooled));
                foreach (bool stores in new[] { false, true })
                {
                    Tensor dx = sandbox.NewGradients(shape);
                    PoolNormReluBackward(sandbox, x, norm, window, dy, dx, stores);
                }
            });
        }
    }

    [TestCase(1, 2)]
    [TestCase(7, 10)]
    [TestCase(33, 100)]
    public void SoftmaxCrossEntropy_OfAnyShape_IsTheReference(int count, int classes)
    {
        const double Largest = 30;
        KernelComparison.Check(classes, Play, Largest);

        void Play(KernelSandbox sandbox)
        {
            Backend backend = sandbox.Backend;
            Shape shape = new(count, classes, 1, 1);
            Tensor logits = sandbox.NewFeatures(shape, -Largest, Largest), labels = sandbox.NewLabels(count, classes);
            Tensor loss = sandbox.NewVector(1);
            backend.SoftmaxCrossEntropy(logits, labels, loss, sandbox.NewVector(1), sandbox.NewGrant(shape));
            foreach (Grant grant in AddsAndStores)
            {
                backend.SoftmaxCrossEntropyBackward(logits, labels, loss, sandbox.NewGradients(shape), grant);
            }
        }
    }

    [TestCase(1, true)]
    [TestCase(4_003, true)]
    [TestCase(4_003, false)]
    [TestCase(600_007, true)]
    public void Sgd_OfAnyLength_IsTheReference(int count, bool nesterov) => KernelComparison.Check(1, sandbox =>
    {
        Shape shape = new(1, 1, 1, count);
        sandbox.Backend.Step = new StepState(1, 1, 0.1);
        sandbox.Backend.Sgd(
            0.9, 1e-4, nesterov, sandbox.NewParameter(shape), sandbox.NewParameter(shape), sandbox.NewParameter(shape),
            sandbox.NewVector(1), sandbox.NewGrant(sandbox.Backend.SgdBytes(count), stores: false));
    });

    [Test]
    public void Sgd_OfNumbersThatBeginAnywhere_LeavesTheirNeighbours()
    {
        using CudaBackend cuda = TestBackend.New(ElementType.F32, ElementType.F32);
        cuda.Step = new StepState(1, 1, 0.5);
        using DeviceMemory w = cuda.Allocate(40), dw = cuda.Allocate(40), v = cuda.Allocate(40);
        using DeviceMemory squares = cuda.Allocate(16), partial = cuda.Allocate(16);
        cuda.Fill(1, Run(dw, 0, 10));
        cuda.Sgd(
            0.9, 0, nesterov: false, Run(w, 1, 7), Run(dw, 1, 7), Run(v, 1, 7), Run(squares, 0, 1),
            new Grant(Run(partial, 0, 1).Storage));
        float[] weights = new float[10], gradients = new float[10];
        cuda.Download(Run(w, 0, 10), weights);
        cuda.Download(Run(dw, 0, 10), gradients);
        float[] sum = new float[1];
        cuda.Download(Run(squares, 0, 1), sum);
        Assert.That(sum[0], Is.EqualTo(7));
        Assert.That(weights, Is.EqualTo(new[] { 0, -0.5f, -0.5f, -0.5f, -0.5f, -0.5f, -0.5f, -0.5f, 0, 0 }));
        Assert.That(gradients, Is.EqualTo(new[] { 1f, 0, 0, 0, 0, 0, 0, 0, 1, 1 }));
    }

    [Test]
    public void Upload_OfWeights_LiesAsKrscAndComesBack()
    {
        using CudaBackend kernels = TestBackend.New(ElementType.F32, ElementType.F32);
        using KernelSandbox sandbox = new(kernels, channelsBefore: 0);
        Shape shape = new(2, 5, 3, 3);
        Tensor w = sandbox.NewParameter(shape);
        float[] values = [.. Enumerable.Range(0, (int)shape.Count).Select(i => (float)i)];
        kernels.Upload(values, w);
        double[] dense = Numbers.ToDoubles(sandbox.Raw(w), isBf16: false), wide = [.. values.Select(v => (double)v)];
        Assert.That(dense, Is.EqualTo(Numbers.ToNhwc(wide, shape)));
        Assert.That(sandbox.Values(w), Is.EqualTo(wide));
    }

    [Test]
    public void NotANumber_InReluAndMaximum_StaysOne()
    {
        using CudaBackend kernels = TestBackend.New(ElementType.Bf16, ElementType.F32);
        using KernelSandbox sandbox = new(kernels, channelsBefore: 8);
        Shape shape = new(1, 9, 2, 2);
        Tensor x = sandbox.NewFeatures(shape), y = sandbox.NewFeatures(shape);
        Tensor pooled = sandbox.NewFeatures(new Shape(1, 9, 1, 1));
        float[] values = new float[shape.Count];
        values[5] = float.NaN;
        kernels.Upload(values, x);
        kernels.NormRelu(x, sandbox.NewNormalisation(9), y);
        kernels.MaxPool(x, new Window(2, 2, 2), pooled);
        Assert.That(sandbox.Values(y).Select(double.IsNaN), Is.EqualTo(values.Select(float.IsNaN)));
        bool[] expected = [.. Enumerable.Range(0, 9).Select(c => c == 1)];
        Assert.That(sandbox.Values(pooled).Select(double.IsNaN), Is.EqualTo(expected));
    }

    [Test]
    public void ChannelStatistics_OfAMeanThatDwarfsTheDeviation_KeepTheDeviation()
    {
        using CudaBackend kernels = TestBackend.New(ElementType.F32, ElementType.F32);
        using KernelSandbox sandbox = new(kernels, channelsBefore: 4);
        Shape shape = new(16, 3, 17, 19);
        Tensor x = sandbox.NewGradients(shape), mean = sandbox.NewVector(3), variance = sandbox.NewVector(3);
        double[] values = [.. sandbox.Values(x).Select(value => (double)(float)(10_000 + value))];
        kernels.Upload(values, x);
        kernels.ChannelStatistics(x, mean, variance, sandbox.NewGrant(shape));
        double[] means = sandbox.Values(mean), variances = sandbox.Values(variance);
        for (int c = 0; c < 3; c++)
        {
            double[] channel = [.. values.Where((_, i) => i / shape.Plane % 3 == c)];
            double mu = channel.Average(), expected = channel.Average(value => (value - mu) * (value - mu));
            Assert.That(means[c], Is.EqualTo(mu).Within(1e-3));
            double tolerance = expected * KernelComparison.Tolerance(channel.Length);
            Assert.That(variances[c], Is.EqualTo(expected).Within(tolerance));
        }
    }

    private static void CopyWithStatistics(KernelSandbox sandbox, Tensor x)
    {
        Tensor y = sandbox.NewFeatures(x.Shape);
        Tensor mean = sandbox.NewVector(x.Shape.C), variance = sandbox.NewVector(x.Shape.C);
        if (sandbox.Backend is CudaBackend kernels)
        {
            kernels.CopyChannelStatistics(
                kernels.Layout.Of(x), y, new StatisticsGrant(mean, variance, sandbox.NewGrant(x.Shape).Workspace));
            return;
        }

        sandbox.Backend.Copy(x, y);
        sandbox.Backend.ChannelStatistics(y, mean, variance);
    }

    private static void PoolNormRelu(KernelSandbox sandbox, Tensor x, Normalisation norm, Window window, Tensor y)
    {
        if (sandbox.Backend is CudaBackend kernels)
        {
            kernels.NormReluAveragePool(x, norm, window, y);
            return;
        }

        Tensor normalised = sandbox.NewUncompared(x.Shape);
        sandbox.Backend.NormRelu(x, norm, normalised);
        sandbox.Backend.AveragePool(normalised, window, y);
    }

    private static void PoolNormReluBackward(
        KernelSandbox sandbox, Tensor x, Normalisation norm, Window window, Tensor dy, Tensor dx, bool stores)
    {
        Normalisation dnorm = sandbox.NewNormalisation(x.Shape.C);
        Grant grant = sandbox.NewGrant(x.Shape, stores);
        if (sandbox.Backend is CudaBackend kernels)
        {
            kernels.NormReluAveragePoolBackward(x, norm, window, dy, dx, dnorm, grant);
            return;
        }

        Tensor dnormalised = sandbox.NewUncompared(x.Shape);
        sandbox.Backend.AveragePoolBackward(dy, window, dnormalised, new Grant(null, Stores: true));
        sandbox.Backend.NormReluBackward(x, norm, dnormalised, dx, dnorm, grant);
    }

    /// <summary>Numbers within a block.</summary>
    private static Tensor Run(DeviceMemory block, int first, int count) => Tensor.Of(
        new Storage("a run", new Shape(1, 1, 1, count), StorageRole.Parameter)
        {
            Address = block.Address + (first * sizeof(float)),
        });
}
