using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Cpu;

/// <content>
/// Convolutions: weights packed, then a product over tiles of pixels; norm-relu in the packing and the epilogue.
/// </content>
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override long WorkspaceBytes(ConvolutionPass pass, Tensor x, Tensor w, Window window, Tensor y)
    {
        WorkspaceArea workspace = new(0);
        Planes X = new(x.Shape), Y = new(y.Shape);
        switch (pass)
        {
            case ConvolutionPass.Forward:
                ConvolutionWork.Forward(X, null, window, Y, _call, ref workspace);
                break;
            case ConvolutionPass.NormReluForward:
                ConvolutionWork.Forward(X, workspace.Take<ChannelNorm>(x.Shape.C), window, Y, _call, ref workspace);
                break;
            case ConvolutionPass.BackwardData:
                ConvolutionWork.BackwardData(Y, window, X, true, _call, ref workspace);
                break;
            case ConvolutionPass.BackwardWeights:
                _ = new ConvolutionBackwardWork(X, Y, window, _call, ref workspace);
                break;
            default:
                ChannelNorm* norms = workspace.Take<ChannelNorm>(x.Shape.C);
                _ = new ConvolutionBackwardWork(X, norms, Y, window, X, true, _call, ref workspace);
                break;
        }

        return workspace.Bytes;
    }

    /// <summary>Whether y has the pixels of x, so that one tile serves both gradients.</summary>
    /// <inheritdoc/>
    public override bool FusesNormReluConvolution(Shape x, Shape w, Window window) =>
        window.Stride == 1 && window.Over(x, x.C) == x;

    /// <inheritdoc/>
    public override void Convolution(Tensor x, Tensor w, Window window, Tensor y, Grant grant = default)
    {
        WorkspaceArea workspace = Workspace(grant);
        Play(ConvolutionWork.Forward(new(x), null, window, new(y), _call, ref workspace), w, false);
    }

    /// <inheritdoc/>
    public override void ConvolutionBackwardData(Tensor dy, Tensor w, Window window, Tensor dx, Grant grant = default)
    {
        WorkspaceArea workspace = Workspace(grant);
        Play(ConvolutionWork.BackwardData(new(dy), window, new(dx), grant.Stores, _call, ref workspace), w, true);
    }

    /// <inheritdoc/>
    public override void ConvolutionBackwardWeights(
        Tensor x, Tensor dy, Window window, Tensor dw, Grant grant = default)
    {
        WorkspaceArea workspace = Workspace(grant);
        ConvolutionBackwardWork work = new(new(x), new(dy), window, _call, ref workspace);
        Run(work, work.Items);
        Reduce(work.Weights, dw);
    }

    /// <inheritdoc/>
    public override void NormReluConvolution(
        Tensor x, Normalisation norm, Tensor w, Window window, Tensor y, Grant grant = default)
    {
        WorkspaceArea workspace = Workspace(grant);
        ChannelNorm* norms = workspace.Take<ChannelNorm>(x.Shape.C);
        new ChannelVectors(norm).Write(x.Shape.C, norms);
        Play(ConvolutionWork.Forward(new(x), norms, window, new(y), _call, ref workspace), w, false);
    }

    /// <inheritdoc/>
    public override void NormReluConvolutionBackward(
        Tensor x, Normalisation norm, Tensor w, Window window, Tensor dy, Tensor dx, Normalisation dnorm, Tensor dw,
        Grant grant = default)
    {
        WorkspaceArea workspace = Workspace(grant);
        ChannelNorm* norms = workspace.Take<ChannelNorm>(x.Shape.C);
        new ChannelVectors(norm).Write(x.Shape.C, norms);
        ConvolutionBackwardWork work = new(new(x), norms, new(dy), window, new(dx), grant.Stores, _call, ref workspace);
        Pack(w, true, work.Product);
        Run(work, work.Items);
        Reduce(work.Weights, dw);
        ChannelVectors channels = new(norm), gradients = new(dnorm);
        for (int c = 0; c < x.Shape.C; c++)
        {
            (double sum, double centred) = work.SumsOf(c);
            channels.AddGradients(c, sum, centred, gradients);
        }
    }

    private static WorkspaceArea Workspace(Grant grant) => new(grant.Workspace?.Address
        ?? throw new InvalidOperationException("a call on the cpu backend needs the workspace that it stated"));

    private void Play(in ConvolutionWork work, Tensor w, bool isGradient)
    {
        Pack(w, isGradient, work.Product);
        Run(work, work.Items);
    }

    private void Pack(Tensor w, bool isGradient, in Product product) =>
        Run(new WeightPackingWork(new(w), isGradient, product.Panels, product.Weights), product.Panels.Count);

    private void Reduce(in WeightGradient gradient, Tensor dw)
    {
        WeightReductionWork work = new(gradient, new(dw));
        Run(work, work.Items);
    }
}
