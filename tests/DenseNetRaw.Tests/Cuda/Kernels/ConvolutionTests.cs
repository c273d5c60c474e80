using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda.Kernels;

/// <summary>Convolutions of odd shapes against the reference backend, on slices, with workspaces full of NaN.</summary>
public sealed class ConvolutionTests
{
    // Packed copies, weights and results are each rounded to bf16, and what is added to is as large as the result.
    private const int Roundings = 3;

    // N, C, H, W, K, R, S, stride, padding
    private static readonly int[][] Cases =
    [
        [1, 1, 1, 1, 1, 1, 1, 1, 0], [3, 5, 1, 1, 10, 1, 1, 1, 0], [3, 8, 7, 5, 16, 1, 1, 1, 0],
        [2, 13, 9, 4, 3, 1, 1, 1, 0], [2, 7, 9, 9, 3, 1, 1, 2, 0], [1, 3, 9, 5, 7, 3, 3, 1, 1],
        [2, 16, 7, 7, 8, 3, 3, 1, 1], [3, 5, 9, 7, 4, 3, 3, 2, 1], [2, 3, 13, 11, 7, 7, 7, 2, 3],
        [2, 3, 11, 7, 4, 2, 2, 3, 0], [2, 3, 8, 9, 5, 3, 1, 1, 0], [1, 3, 4, 5, 2, 3, 3, 1, 2],
    ];

    [TestCaseSource(nameof(Cases))]
    public void Convolution_OfAnyShape_IsTheReference(int[] extents)
    {
        (Shape x, Shape w, Window window, Shape y) = Parse(extents);
        Check((long)w.C * w.Plane, sandbox => sandbox.Backend.Convolution(
            sandbox.NewFeatures(x), sandbox.NewParameter(w), window, sandbox.NewFeatures(y),
            sandbox.NewGrant(ConvolutionPass.Forward, x, w, window)));
    }

    [TestCaseSource(nameof(Cases))]
    public void Convolution_ThatTakesStatistics_IsTheReferenceOfBoth(int[] extents)
    {
        (Shape x, Shape w, Window window, Shape y) = Parse(extents);
        Check(Math.Max((long)w.C * w.Plane, (long)y.N * y.Plane), sandbox =>
        {
            Tensor X = sandbox.NewFeatures(x), W = sandbox.NewParameter(w), Y = sandbox.NewFeatures(y);
            Tensor mean = sandbox.NewVector(y.C), variance = sandbox.NewVector(y.C);
            Grant grant = sandbox.NewGrant(ConvolutionPass.Forward, x, w, window), sums = sandbox.NewGrant(y);
            bool takes = sandbox.Backend.StatisticsBytes(ConvolutionPass.Forward, X, W, window, Y) is not null;
            StatisticsGrant? statistics = takes ? new(mean, variance, sums.Workspace) : null;
            sandbox.Backend.Convolution(X, W, window, Y, grant with { Statistics = statistics });
            if (!takes)
            {
                sandbox.Backend.ChannelStatistics(Y, mean, variance, sums);
            }
        });
    }

    [TestCaseSource(nameof(Cases))]
    public void ConvolutionBackwardData_StoredOrAdded_IsTheReference(int[] extents)
    {
        (Shape x, Shape w, Window window, Shape y) = Parse(extents);
        foreach (bool stores in new[] { false, true })
        {
            Check((long)w.N * w.Plane, sandbox => sandbox.Backend.ConvolutionBackwardData(
                sandbox.NewFeatures(y), sandbox.NewParameter(w), window, sandbox.NewFeatures(x),
                sandbox.NewGrant(ConvolutionPass.BackwardData, x, w, window, stores)));
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void ConvolutionBackwardWeights_OfAnyShape_IsTheReference(int[] extents)
    {
        (Shape x, Shape w, Window window, Shape y) = Parse(extents);
        Check((long)y.N * y.Plane, sandbox => sandbox.Backend.ConvolutionBackwardWeights(
            sandbox.NewFeatures(x), sandbox.NewFeatures(y), window, sandbox.NewParameter(w),
            sandbox.NewGrant(ConvolutionPass.BackwardWeights, x, w, window)));
    }

    private static void Check(long terms, Action<KernelSandbox> play) =>
        KernelComparison.Check(terms, play, roundings: Roundings);

    private static (Shape X, Shape W, Window Window, Shape Y) Parse(int[] e)
    {
        Shape x = new(e[0], e[1], e[2], e[3]), w = new(e[4], e[1], e[5], e[6]);
        Window window = new(e[5], e[6], e[7], e[8]);
        return (x, w, window, window.Over(x, w.N));
    }
}
