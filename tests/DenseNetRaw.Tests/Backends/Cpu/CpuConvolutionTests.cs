using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Backends.Cpu;

/// <summary>Convolutions of odd shapes against the reference backend, on slices, with scratch full of NaN.</summary>
public sealed class CpuConvolutionTests
{
    // N, C, H, W, K, R, S, stride, padding
    private static readonly int[][] Cases =
    [
        [1, 1, 1, 1, 1, 1, 1, 1, 0], [3, 5, 1, 1, 10, 1, 1, 1, 0], [37, 13, 1, 1, 3, 1, 1, 1, 0],
        [3, 7, 7, 7, 13, 1, 1, 1, 0], [2, 24, 32, 32, 48, 1, 1, 1, 0], [9, 5, 8, 8, 12, 1, 1, 1, 0],
        [1, 3, 9, 5, 7, 3, 3, 1, 1], [3, 13, 7, 7, 12, 3, 3, 1, 1], [5, 6, 16, 16, 12, 3, 3, 1, 1],
        [2, 3, 32, 32, 16, 3, 3, 1, 1], [19, 4, 8, 8, 25, 3, 3, 1, 1], [1, 2, 61, 67, 5, 3, 3, 1, 1],
        [2, 3, 6, 8, 5, 2, 2, 1, 0], [2, 3, 6, 8, 5, 2, 2, 1, 1], [1, 5, 10, 11, 3, 5, 5, 1, 2],
        [1, 3, 5, 4, 2, 5, 3, 1, 2], [2, 3, 13, 11, 7, 7, 7, 2, 3], [1, 3, 70, 66, 8, 7, 7, 2, 3],
        [3, 5, 9, 7, 4, 3, 3, 2, 1], [2, 5, 8, 8, 6, 3, 3, 2, 0], [2, 7, 9, 9, 3, 1, 1, 2, 0],
        [3, 2, 10, 13, 5, 3, 3, 3, 1], [2, 3, 11, 7, 4, 2, 2, 3, 0], [1, 1, 12, 5, 1, 1, 3, 3, 0],
        [2, 3, 4, 3, 2, 7, 7, 1, 3], [2, 3, 11, 48, 13, 3, 3, 1, 1], [3, 4, 7, 16, 5, 5, 5, 1, 2],
        [3, 9, 7, 7, 63, 1, 1, 1, 0], [2, 10, 8, 8, 46, 3, 3, 1, 1], [2, 5, 16, 16, 80, 1, 1, 1, 0],
        [2, 3, 11, 9, 64, 7, 7, 2, 3], [2, 3, 11, 9, 7, 3, 1, 1, 0], [3, 5, 1, 16, 46, 3, 5, 1, 2],
        [5, 40, 7, 7, 13, 3, 5, 1, 2], [2, 3, 13, 11, 5, 3, 3, 1, 0], [2, 3, 13, 16, 5, 3, 3, 1, 2],
        [2, 35, 5, 48, 13, 3, 3, 1, 1], [2, 2, 4, 321, 16, 3, 3, 1, 1], [2, 3, 1000, 1, 5, 3, 3, 1, 1],
        [1, 8, 49, 48, 13, 3, 3, 1, 1],
    ];

    [TestCaseSource(nameof(Cases))]
    public void Convolution_OfAnyShape_IsTheReference(int[] extents)
    {
        (Shape x, Shape w, Window window, Shape y) = Parse(extents);
        CpuComparison.Check((long)w.C * w.Plane, sandbox =>
        {
            Tensor X = sandbox.New(x), W = sandbox.NewWhole(w), Y = sandbox.New(y);
            sandbox.Backend.Convolution(X, W, window, Y, sandbox.NewGrant(ConvolutionPass.Forward, x, w, window));
        });
    }

    [TestCaseSource(nameof(Cases))]
    public void ConvolutionBackwardData_StoredOrAdded_IsTheReference(int[] extents)
    {
        (Shape x, Shape w, Window window, Shape y) = Parse(extents);
        foreach (bool stores in new[] { false, true })
        {
            CpuComparison.Check((long)w.N * w.Plane, sandbox =>
            {
                Tensor DY = sandbox.New(y), W = sandbox.NewWhole(w), DX = sandbox.New(x);
                Grant grant = sandbox.NewGrant(ConvolutionPass.BackwardData, x, w, window, stores);
                sandbox.Backend.ConvolutionBackwardData(DY, W, window, DX, grant);
            });
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void ConvolutionBackwardWeights_OfAnyShape_IsTheReference(int[] extents)
    {
        (Shape x, Shape w, Window window, Shape y) = Parse(extents);
        CpuComparison.Check((long)y.N * y.Plane, sandbox =>
        {
            Tensor X = sandbox.New(x), DY = sandbox.New(y), DW = sandbox.NewWhole(w);
            Grant grant = sandbox.NewGrant(ConvolutionPass.BackwardWeights, x, w, window);
            sandbox.Backend.ConvolutionBackwardWeights(X, DY, window, DW, grant);
        });
    }

    [TestCaseSource(nameof(Cases))]
    public void NormReluConvolution_OfAnyShape_IsNormReluAndConvolution(int[] extents)
    {
        (Shape x, Shape w, Window window, Shape y) = Parse(extents);
        CpuComparison.Check((long)w.C * w.Plane, sandbox =>
        {
            Tensor X = sandbox.New(x), W = sandbox.NewWhole(w), Y = sandbox.New(y), copy = sandbox.New(x);
            Normalisation norm = sandbox.NewNormalisation(x.C);
            if (sandbox.Backend.Name == "cpu")
            {
                Grant grant = sandbox.NewGrant(ConvolutionPass.NormReluForward, x, w, window);
                sandbox.Backend.NormReluConvolution(X, norm, W, window, Y, grant);
            }

            sandbox.Backend.NormRelu(X, norm, copy);
            if (sandbox.Backend.Name != "cpu")
            {
                sandbox.Backend.Convolution(copy, W, window, Y);
            }
        });
    }

    [TestCaseSource(nameof(Cases))]
    public void NormReluConvolutionBackward_WhereFused_IsTheReference(int[] extents)
    {
        (Shape x, Shape w, Window window, Shape y) = Parse(extents);
        if (y.H != x.H || y.W != x.W || window.Stride != 1)
        {
            return;
        }

        foreach (bool stores in new[] { false, true })
        {
            CpuComparison.Check((long)w.N * w.Plane * x.N * x.Plane, sandbox =>
            {
                Tensor X = sandbox.New(x), W = sandbox.NewWhole(w), DY = sandbox.New(y);
                Tensor DX = sandbox.New(x), DW = sandbox.NewWhole(w);
                Normalisation norm = sandbox.NewNormalisation(x.C), dnorm = sandbox.NewNormalisation(x.C);
                Backward(sandbox, X, norm, W, window, DY, DX, dnorm, DW, stores);
            });
        }
    }

    private static void Backward(
        Sandbox sandbox, Tensor x, Normalisation norm, Tensor w, Window window, Tensor dy, Tensor dx,
        Normalisation dnorm, Tensor dw, bool stores)
    {
        Backend backend = sandbox.Backend;
        if (backend.FusesNormReluConvolution(x.Shape, w.Shape, window))
        {
            Grant grant = sandbox.NewGrant(ConvolutionPass.NormReluBackward, x.Shape, w.Shape, window, stores);
            backend.NormReluConvolutionBackward(x, norm, w, window, dy, dx, dnorm, dw, grant);
            return;
        }

        using Sandbox scratch = new(backend, seed: 2);
        Tensor normalised = scratch.New(x.Shape), gradient = scratch.New(x.Shape);
        backend.NormRelu(x, norm, normalised);
        backend.ConvolutionBackwardWeights(normalised, dy, window, dw);
        backend.ConvolutionBackwardData(dy, w, window, gradient, new Grant(null, Stores: true));
        backend.NormReluBackward(x, norm, gradient, dx, dnorm, new Grant(null, stores));
    }

    private static (Shape X, Shape W, Window Window, Shape Y) Parse(int[] e)
    {
        Shape x = new(e[0], e[1], e[2], e[3]), w = new(e[4], e[1], e[5], e[6]);
        Window window = new(e[5], e[6], e[7], e[8]);
        return (x, w, window, window.Over(x, w.N));
    }
}
