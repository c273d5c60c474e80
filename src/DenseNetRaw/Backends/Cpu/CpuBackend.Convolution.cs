using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Cpu;

/// <content>
/// Convolutions: weights packed, then a product over tiles of pixels; norm-relu in the packing and the epilogue.
/// </content>
public unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override long WorkspaceBytes(ConvolutionPass pass, Tensor x, Tensor w, Window window, Tensor y)
    {
        WorkspaceArea constants = new(0), workspace = new(0);
        Planes X = new(x.Shape), Y = new(y.Shape);
        switch (pass)
        {
            case ConvolutionPass.Forward or ConvolutionPass.NormReluForward:
                bool isNormalised = pass == ConvolutionPass.NormReluForward;
                ConvolutionWork.Forward(X, isNormalised, window, Y, _call, ref constants, ref workspace);
                break;
            case ConvolutionPass.BackwardData:
                ConvolutionWork.BackwardData(Y, window, X, true, _call, ref workspace);
                break;
            default:
                ConvolutionBackwardWork* blocks = stackalloc ConvolutionBackwardWork[BackwardBlocksWork.Most];
                bool isFused = pass == ConvolutionPass.NormReluBackward;
                ChannelNorm* norms = workspace.Take<ChannelNorm>(isFused ? x.Shape.C : 0);
                _ = new BackwardBlocksWork(blocks, X, isFused, norms, Y, window, X, true, _call, ref workspace);
                break;
        }

        return workspace.Bytes + (_prepared is null ? constants.Bytes : 0);
    }

    /// <summary>Whether y has the pixels of x, so that one tile serves both gradients.</summary>
    /// <inheritdoc/>
    public override bool FusesNormReluConvolution(Shape x, Shape w, Window window) =>
        window.Stride == 1 && window.Over(x, x.C) == x;

    /// <inheritdoc/>
    public override void Prepare(Tensor x, Normalisation? norm, Tensor w, Window window, Tensor y)
    {
        if (_prepared is null)
        {
            return;
        }

        // What is not fused is played as norm-relu and a convolution of what that wrote.
        norm = FusesNormReluConvolution(x.Shape, w.Shape, window) ? norm : null;
        WorkspaceArea constants = _prepared.AreaOf(w, norm, window), workspace = new(0);
        ConvolutionWork work =
            ConvolutionWork.Forward(new(x), norm is not null, window, new(y), _call, ref constants, ref workspace);
        if (constants.IsReal)
        {
            Prepare(work, norm, w);
        }
        else
        {
            _prepared.Reserve(w, norm, window, constants.Bytes);
        }
    }

    /// <inheritdoc/>
    public override void Convolution(Tensor x, Tensor w, Window window, Tensor y, Grant grant = default) =>
        Convolve(x, null, w, window, y, grant);

    /// <inheritdoc/>
    public override void ConvolutionBackwardData(Tensor dy, Tensor w, Window window, Tensor dx, Grant grant = default)
    {
        WorkspaceArea workspace = Workspace(grant);
        ConvolutionWork work =
            ConvolutionWork.BackwardData(new(dy), window, new(dx), grant.Stores, _call, ref workspace);
        Prepare(work.Product, new(w), true);
        Run(work, work.Items);
    }

    /// <inheritdoc/>
    public override void ConvolutionBackwardWeights(
        Tensor x, Tensor dy, Window window, Tensor dw, Grant grant = default)
    {
        WorkspaceArea workspace = Workspace(grant);
        ConvolutionBackwardWork* blocks = stackalloc ConvolutionBackwardWork[BackwardBlocksWork.Most];
        BackwardBlocksWork work = new(
            blocks, new(x), false, null, new(dy), window, default, false, _call, ref workspace);
        Run(work, work.Items);
        Reduce(work, dw);
    }

    /// <inheritdoc/>
    public override void NormReluConvolution(
        Tensor x, Normalisation norm, Tensor w, Window window, Tensor y, Grant grant = default) =>
        Convolve(x, norm, w, window, y, grant);

    /// <inheritdoc/>
    public override void NormReluConvolutionBackward(
        Tensor x, Normalisation norm, Tensor w, Window window, Tensor dy, Tensor dx, Normalisation dnorm, Tensor dw,
        Grant grant = default)
    {
        WorkspaceArea workspace = Workspace(grant);
        ChannelNorm* norms = workspace.Take<ChannelNorm>(x.Shape.C);
        new ChannelVectors(norm).Write(x.Shape.C, norms);
        ConvolutionBackwardWork* blocks = stackalloc ConvolutionBackwardWork[BackwardBlocksWork.Most];
        BackwardBlocksWork work = new(
            blocks, new(x), true, norms, new(dy), window, new(dx), grant.Stores, _call, ref workspace);
        for (int block = 0; block < work.Count; block++)
        {
            Prepare(work[block].Product, work.ChannelsOf(block, new(w)), true);
        }

        Run(work, work.Items);
        Reduce(work, dw);
        ChannelVectors channels = new(norm), gradients = new(dnorm);
        for (int c = 0; c < x.Shape.C; c++)
        {
            (double sum, double centred) = work.SumsOf(c);
            channels.AddGradients(c, sum, centred, gradients);
        }
    }

    private static WorkspaceArea Workspace(Grant grant) => new(grant.Workspace?.Address
        ?? throw new InvalidOperationException("a call on the cpu backend needs the workspace that it stated"));

    private void Convolve(Tensor x, Normalisation? norm, Tensor w, Window window, Tensor y, Grant grant)
    {
        WorkspaceArea workspace = Workspace(grant);
        if (_prepared is null)
        {
            ConvolutionWork work = ConvolutionWork.Forward(
                new(x), norm is not null, window, new(y), _call, ref workspace, ref workspace);
            Prepare(work, norm, w);
            Run(work, work.Items);
        }
        else
        {
            WorkspaceArea constants = _prepared.AreaOf(w, norm, window);
            ConvolutionWork work = ConvolutionWork.Forward(
                new(x), norm is not null, window, new(y), _call, ref constants, ref workspace);
            Run(work, work.Items);
        }
    }

    private void Prepare(in ConvolutionWork work, in Normalisation? norm, Tensor w)
    {
        if (norm is { } vectors)
        {
            new ChannelVectors(vectors).Write(w.Shape.C, work.Norms);
        }

        Prepare(work.Product, new(w), false);
    }

    private void Prepare(in Product product, Planes w, bool isGradient)
    {
        product.WriteOffsets();
        Run(
            new WeightPackingWork(w, isGradient, product.Layout.IsPaired, product.Panels, product.Weights),
            product.Panels.Count);
    }

    private void Reduce(in BackwardBlocksWork blocks, Tensor dw)
    {
        for (int block = 0; block < blocks.Count; block++)
        {
            WeightReductionWork work = new(blocks[block].Weights, blocks.ChannelsOf(block, new(dw)));
            Run(work, work.Items);
        }
    }
}
