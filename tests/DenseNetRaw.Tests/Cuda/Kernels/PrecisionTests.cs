using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Cuda;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda.Kernels;

/// <summary>
/// fp32 multiplies float32 numbers, tf32 rounds them to 10 bits first (cuDNN's default, if nobody asks for FMA):
/// products of cuDNN (3×3) and cuBLAS (1×1) that are large enough for tensor cores tell which it was.
/// </summary>
public sealed class PrecisionTests
{
    private const int Images = 2, Channels = 64, Side = 14;

    /// <summary>Rounding to TF32 changes operands by up to 2^-11; sums of float32 err a hundred times less.</summary>
    private const double Between = 1e-5;

    [Test]
    public void Convolution_OfEachPrecision_RoundsItsOperandsOrNot(
        [Values(1, 3)] int side,
        [Values(ConvolutionPass.Forward, ConvolutionPass.BackwardData, ConvolutionPass.BackwardWeights)]
        ConvolutionPass pass,
        [Values(CudaPrecision.Fp32, CudaPrecision.Tf32)] CudaPrecision precision)
    {
        using CudaBackend cuda = TestBackend.New(precision);
        using ReferenceBackend reference = new();
        if (precision == CudaPrecision.Tf32 && TestBackend.ComputeCapability < 80)
        {
            Assert.Ignore("no GPU before Ampere has TF32");
        }

        double[] expected = Play(reference, side, pass), actual = Play(cuda, side, pass);
        double error = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max() / expected.Max(Math.Abs);
        Assert.That(error, Is.LessThan(precision == CudaPrecision.Fp32 ? Between : 1e-2));
        if (precision == CudaPrecision.Tf32 && TestBackend.IsEmulation)
        {
            Assert.That(error, Is.GreaterThan(Between), "a GPU's library may prefer a kernel that does not round");
        }
    }

    /// <summary>Half of the terms sum to 257, which bf16 does not hold, and the others to -256.</summary>
    [Test]
    public void Product_OfBf16WhoseTermsCancel_KeepsItsPartsInFloat32()
    {
        using CudaBackend cuda = TestBackend.New(CudaPrecision.Bf16);
        using KernelSandbox sandbox = new(cuda, channelsBefore: 0);
        Shape shape = new(1, Channels, 1, 1), weights = new(1, Channels, 1, 1);
        Window window = new(1, 1);
        Tensor x = sandbox.NewFeatures(shape), w = sandbox.NewParameter(weights);
        Tensor y = sandbox.NewFeatures(new Shape(1, 1, 1, 1));
        double[] terms = [.. Enumerable.Range(0, Channels).Select(i => i < Channels / 2 ? 8.0 : -8.0)];
        terms[0] = 9;
        cuda.Upload([.. Enumerable.Repeat(1.0, Channels)], x);
        cuda.Upload(terms, w);
        cuda.Convolution(x, w, window, y, sandbox.NewGrant(ConvolutionPass.Forward, shape, weights, window));
        Assert.That(sandbox.Values(y), Is.EqualTo(new[] { 1.0 }));
    }

    /// <summary>The result of one pass of a convolution of random float32 numbers.</summary>
    private static double[] Play(Backend backend, int side, ConvolutionPass pass)
    {
        using KernelSandbox sandbox = new(backend, channelsBefore: 0);
        Shape shape = new(Images, Channels, Side, Side), weights = new(Channels, Channels, side, side);
        Window window = new(side, side, 1, side / 2);
        Tensor x = sandbox.NewFeatures(shape), w = sandbox.NewParameter(weights), y = sandbox.NewFeatures(shape);
        Grant grant = sandbox.NewGrant(pass, shape, weights, window, stores: true);
        foreach (Tensor tensor in new[] { x, w, y })
        {
            Random random = new(tensor.Shape.H);
            backend.Upload(
                [.. Enumerable.Range(0, (int)tensor.Shape.Count).Select(_ => (double)(random.NextSingle() - 0.5f))],
                tensor);
        }

        switch (pass)
        {
            case ConvolutionPass.Forward:
                backend.Convolution(x, w, window, y, grant);
                return sandbox.Values(y);
            case ConvolutionPass.BackwardData:
                backend.ConvolutionBackwardData(y, w, window, x, grant);
                return sandbox.Values(x);
            default:
                backend.ConvolutionBackwardWeights(x, y, window, w, grant);
                return sandbox.Values(w);
        }
    }
}
