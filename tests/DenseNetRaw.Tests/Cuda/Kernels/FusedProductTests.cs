using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda;
using DenseNetRaw.Cuda.Execution;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda.Kernels;

/// <summary>
/// kernels/fused_product.cu against norm-relu and convolution of the reference, on slices, with workspaces full of NaN.
/// </summary>
public sealed class FusedProductTests
{
    private static readonly Window Product = new(1, 1);

    // N, C, H, W, K: fewer and more than the tile of 128 pixels, 64 filters and 16 of the depth, and exactly it; and
    // more channels than are staged at a time.
    private static readonly int[][] Cases =
    [
        [1, 1, 1, 1, 1], [3, 5, 1, 1, 10], [3, 8, 7, 5, 16], [2, 13, 9, 4, 3], [2, 24, 9, 8, 48], [1, 300, 5, 3, 70],
        [5, 130, 13, 11, 12], [2, 64, 16, 16, 64],
    ];

    [TestCaseSource(nameof(Cases))]
    public void NormReluConvolution_OfAnyShape_IsNormReluAndConvolution(int[] extents)
    {
        (Shape x, Shape w, Shape y) = Parse(extents);
        KernelComparison.Check(x.C, sandbox =>
        {
            Tensor X = sandbox.NewFeatures(x), W = sandbox.NewParameter(w), Y = sandbox.NewFeatures(y);
            Normalisation norm = sandbox.NewNormalisation(x.C);
            Grant grant = sandbox.NewGrant(ConvolutionPass.NormReluForward, x, w, Product);
            if (sandbox.Backend is CudaBackend cuda)
            {
                cuda.NormReluConvolution(X, norm, W, Product, Y, grant);
                return;
            }

            using KernelSandbox scratch = new(sandbox.Backend, channelsBefore: 0);
            Tensor normalised = scratch.NewFeatures(x);
            sandbox.Backend.NormRelu(X, norm, normalised);
            sandbox.Backend.Convolution(normalised, W, Product, Y);
        });
    }

    [TestCaseSource(nameof(Cases))]
    public void NormReluConvolutionBackward_StoredOrAdded_IsTheReference(int[] extents)
    {
        (Shape x, Shape w, Shape y) = Parse(extents);
        foreach (bool stores in new[] { false, true })
        {
            KernelComparison.Check((long)w.N * x.N * x.Plane, sandbox =>
            {
                Tensor X = sandbox.NewFeatures(x), W = sandbox.NewParameter(w), DY = sandbox.NewGradients(y);
                Tensor DX = sandbox.NewGradients(x), DW = sandbox.NewParameter(w);
                Normalisation norm = sandbox.NewNormalisation(x.C), dnorm = sandbox.NewNormalisation(x.C);
                Grant grant = sandbox.NewGrant(ConvolutionPass.NormReluBackward, x, w, Product, stores);
                if (sandbox.Backend is CudaBackend cuda)
                {
                    cuda.NormReluConvolutionBackward(X, norm, W, Product, DY, DX, dnorm, DW, grant);
                    return;
                }

                using KernelSandbox scratch = new(sandbox.Backend, channelsBefore: 0);
                Tensor normalised = scratch.NewFeatures(x), gradient = scratch.NewFeatures(x);
                sandbox.Backend.NormRelu(X, norm, normalised);
                sandbox.Backend.ConvolutionBackwardWeights(normalised, DY, Product, DW);
                sandbox.Backend.ConvolutionBackwardData(DY, W, Product, gradient, new Grant(null, Stores: true));
                sandbox.Backend.NormReluBackward(X, norm, gradient, DX, dnorm, new Grant(null, stores));
            });
        }
    }

    /// <summary>The mean of y is up to a thousand times its deviation.</summary>
    [TestCaseSource(nameof(Cases))]
    public void Statistics_OnTheWayOut_AreThoseOfTheResultAsRounded(int[] extents)
    {
        (Shape x, Shape w, Shape y) = Parse(extents);
        foreach (ElementType type in new[] { ElementType.F32, ElementType.Bf16 })
        {
            using CudaBackend cuda = TestBackend.New(type, type);
            using KernelSandbox sandbox = new(cuda, channelsBefore: 2);
            Tensor X = sandbox.NewFeatures(x), W = sandbox.NewParameter(w);
            Tensor Y = sandbox.NewFeatures(y), plain = sandbox.NewFeatures(y);
            Tensor mean = sandbox.NewVector(y.C), variance = sandbox.NewVector(y.C);
            Normalisation norm = sandbox.NewNormalisation(x.C);
            cuda.Fill(100, norm.Beta);
            StatisticsGrant statistics = new(mean, variance, sandbox.NewGrant(y).Workspace);
            cuda.NormReluConvolution(X, norm, W, Product, Y, new Grant(Statistics: statistics));
            cuda.NormReluConvolution(X, norm, W, Product, plain, default);
            double[] values = sandbox.Values(Y), means = sandbox.Values(mean), variances = sandbox.Values(variance);
            Assert.That(values, Is.EqualTo(sandbox.Values(plain)), "the bits of the form without statistics");
            for (int k = 0; k < y.C; k++)
            {
                double[] channel = [.. values.Where((_, i) => i / y.Plane % y.C == k)];
                double mu = channel.Average(), expected = channel.Average(value => (value - mu) * (value - mu));
                double tolerance = KernelComparison.Tolerance(channel.Length);
                double ofMean = tolerance * channel.Max(Math.Abs);
                double ofDeviation = ofMean + (tolerance * Math.Sqrt(expected));
                Assert.That(means[k], Is.EqualTo(mu).Within(ofMean), $"{type}, {k}");
                double ofVariance = Math.Pow(Math.Sqrt(expected) + ofDeviation, 2) - expected;
                Assert.That(variances[k], Is.EqualTo(expected).Within(ofVariance), $"{type}, {k}");
            }
        }
    }

    [Test]
    public void NormReluConvolutionBackward_OfMoreChannelsThanOneTurnTakes_IsThatOfBothApart()
    {
        Shape x = new(1, 16_400, 1, 1), w = new(1, x.C, 1, 1);
        using CudaBackend cuda = TestBackend.New(ElementType.F32, ElementType.F32);
        using KernelSandbox sandbox = new(cuda, channelsBefore: 4);
        Tensor X = sandbox.NewFeatures(x), W = sandbox.NewParameter(w), DY = sandbox.NewGradients(Shape.Scalar);
        Tensor[] dx = [sandbox.NewGradients(x), sandbox.NewGradients(x)];
        Normalisation norm = sandbox.NewNormalisation(x.C);
        Normalisation[] dnorm = [sandbox.NewNormalisation(x.C), sandbox.NewNormalisation(x.C)];
        cuda.Fill(0, dnorm[0].Gamma);
        cuda.Fill(0, dnorm[1].Gamma);
        cuda.NormReluConvolutionBackward(
            X, norm, W, Product, DY, dx[0], dnorm[0], sandbox.NewParameter(w),
            sandbox.NewGrant(ConvolutionPass.NormReluBackward, x, w, Product, stores: true));
        Tensor gradient = sandbox.NewGradients(x);
        cuda.ConvolutionBackwardData(
            DY, W, Product, gradient, sandbox.NewGrant(ConvolutionPass.BackwardData, x, w, Product, stores: true));
        cuda.NormReluBackward(X, norm, gradient, dx[1], dnorm[1], sandbox.NewGrant(x, stores: true));
        Assert.That(sandbox.Values(dx[0]), Is.EqualTo(sandbox.Values(dx[1])).Within(1e-6));
        Assert.That(sandbox.Values(dnorm[0].Gamma), Is.EqualTo(sandbox.Values(dnorm[1].Gamma)).Within(1e-6));
    }

    [Test]
    public void NormReluConvolutionBackward_PlayedAgain_GivesTheSameBits()
    {
        Shape x = new(5, 130, 13, 11), w = new(70, 130, 1, 1);
        using CudaBackend cuda = TestBackend.New(ElementType.F32, ElementType.F32);
        double[][][] results = [.. Enumerable.Range(0, 2).Select(_ =>
        {
            using KernelSandbox sandbox = new(cuda, channelsBefore: 4);
            Tensor X = sandbox.NewFeatures(x), W = sandbox.NewParameter(w);
            Tensor DY = sandbox.NewGradients(x with { C = w.N }), DX = sandbox.NewGradients(x);
            Tensor DW = sandbox.NewParameter(w);
            Normalisation norm = sandbox.NewNormalisation(x.C), dnorm = sandbox.NewNormalisation(x.C);
            cuda.NormReluConvolutionBackward(
                X, norm, W, Product, DY, DX, dnorm, DW,
                sandbox.NewGrant(ConvolutionPass.NormReluBackward, x, w, Product));
            return new[] { sandbox.Values(DX), sandbox.Values(DW), sandbox.Values(dnorm.Variance) };
        })];
        Assert.That(results[1], Is.EqualTo(results[0]));
    }

    /// <summary>Only a product of pixels and channels, and only where it is asked for.</summary>
    [Test]
    public void FusesNormReluConvolution_UnlessAsked_IsFalse()
    {
        Shape x = new(2, 8, 6, 6), product = new(4, 8, 1, 1);
        using CudaBackend plain = new(new CudaSettings { Ordinal = 77 });
        using CudaBackend fused = new(new CudaSettings { Ordinal = 77, FusesProducts = true });
        Assert.That(plain.FusesNormReluConvolution(x, product, Product), Is.False);
        Assert.That(fused.FusesNormReluConvolution(x, product, Product));
        Assert.That(fused.FusesNormReluConvolution(x, product, new Window(1, 1, 2)), Is.False);
        Assert.That(fused.FusesNormReluConvolution(x, new Shape(4, 8, 3, 3), new Window(3, 3, 1, 1)), Is.False);
    }

    private static (Shape X, Shape W, Shape Y) Parse(int[] e)
    {
        Shape x = new(e[0], e[1], e[2], e[3]);
        return (x, new Shape(e[4], e[1], 1, 1), x with { C = e[4] });
    }
}
