using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda;
using DenseNetRaw.Tests.Cuda.Kernels;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>
/// What is chosen of the emulation's lists, which have the same number in several kinds of arithmetic, and refuse to
/// compute in another one than they propose.
/// </summary>
[NonParallelizable]
public sealed class ConvolutionChoicesTests
{
    private static readonly Shape X = new(1, 2, 4, 4), W = new(3, 2, 3, 3), Y = new(1, 3, 4, 4);
    private static readonly Window Window = new(3, 3, 1, 1);

    [Test]
    public void Algorithm_OfAnyArithmetic_IsComputedInTheOneThatItWasProposedWith(
        [Values] CudaPrecision precision, [Values(2, 128)] int mebibytes, [Values] bool isDeterministic)
    {
        Emulation emulation = TestBackend.RequireEmulation();
        CudaSettings settings = new() { Precision = precision, IsDeterministic = isDeterministic };
        using CudaBackend cuda = new(settings with { WorkspaceBytes = mebibytes << 20 });
        using KernelSandbox sandbox = new(cuda, channelsBefore: 0);
        Tensor x = sandbox.NewFeatures(X), w = sandbox.NewParameter(W), y = sandbox.NewFeatures(Y);
        string[] calls = emulation.Record(() =>
        {
            cuda.Convolution(x, w, Window, y, Grant(sandbox, ConvolutionPass.Forward));
            cuda.ConvolutionBackwardData(y, w, Window, x, Grant(sandbox, ConvolutionPass.BackwardData));
            cuda.ConvolutionBackwardWeights(x, y, Window, w, Grant(sandbox, ConvolutionPass.BackwardWeights));
        });
        int refused = precision == CudaPrecision.Fp32 ? 1 : 0; // an algorithm that does not add
        Assert.That(
            calls.Count(call => call.StartsWith("cudnnConvolution", StringComparison.Ordinal)),
            Is.EqualTo(3 + refused));
    }

    /// <summary>The first of the list for weights in float32 does not add.</summary>
    [Test]
    public void Algorithm_ThatRefusesTheFirstCall_GivesWayToTheNextForGood()
    {
        Emulation emulation = TestBackend.RequireEmulation();
        using CudaBackend cuda = TestBackend.New(CudaPrecision.Fp32);
        using KernelSandbox sandbox = new(cuda, channelsBefore: 0);
        Tensor x = sandbox.NewFeatures(X), dy = sandbox.NewFeatures(Y), dw = sandbox.NewParameter(W);
        Grant grant = Grant(sandbox, ConvolutionPass.BackwardWeights);
        int Calls() => emulation.Record(() => cuda.ConvolutionBackwardWeights(x, dy, Window, dw, grant))
            .Count(call => call == "cudnnConvolutionBackwardFilter");
        Assert.That(Calls(), Is.EqualTo(2));
        Assert.That(Calls(), Is.EqualTo(1));
    }

    private static Grant Grant(KernelSandbox sandbox, ConvolutionPass pass) => sandbox.NewGrant(pass, X, W, Window);
}
