using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Modules;

/// <summary>
/// Between two dense blocks: norm-relu-conv 1×1 to the compressed number of channels, then 2×2 average pooling.
/// Huang et al. 2017, arXiv:1608.06993, section 3. Pooling commutes with a 1×1 convolution, so it may come first
/// (<see cref="Tape.PoolsFirst"/>), but not where dropout sits between the two.
/// </summary>
public sealed class Transition : Module
{
    private static readonly Window Pool = new(2, 2, Stride: 2);
    private readonly NormReluConvolutionLayer _compression;
    private readonly NormLayer _norm;
    private readonly ConvolutionLayer _convolution;
    private readonly bool _hasDropout;

    /// <summary>A transition of the given extents.</summary>
    /// <param name="name">Prefix of its keys in the state dictionary.</param>
    /// <param name="inputChannels">Channels of the block before it.</param>
    /// <param name="outputChannels">Channels of the block after it, at first.</param>
    /// <param name="newDropout">Makes the dropout after a convolution of the given kernel size, or null.</param>
    public Transition(string name, int inputChannels, int outputChannels, Func<int, DropoutLayer?> newDropout)
    {
        OutputChannels = outputChannels;
        _norm = new NormLayer($"{name}.norm", inputChannels);
        _convolution = new ConvolutionLayer($"{name}.conv", inputChannels, outputChannels, kernelSize: 1);
        DropoutLayer? dropout = newDropout(1);
        _hasDropout = dropout is not null;
        _compression = Add(new NormReluConvolutionLayer(_norm, _convolution, dropout));
    }

    /// <summary>Channels of the block after it, at first.</summary>
    public int OutputChannels { get; }

    /// <summary>The weights [K, C, 1, 1] that it compresses the block with.</summary>
    public Parameter Weight => _convolution.Weight;

    /// <summary>The extents after it.</summary>
    public Shape Over(Shape x) => Pool.Over(x, OutputChannels);

    /// <inheritdoc/>
    public override Variable Forward(Tape tape, Variable x) => Forward(tape, x, null);

    /// <summary>
    /// Records the transition, into the next block's first channels <paramref name="y"/> if they are given.
    /// </summary>
    public Variable Forward(Tape tape, Variable x, Variable? y) =>
        tape.PoolsFirst && !(_hasDropout && tape.IsTraining)
            ? _convolution.Forward(
                tape, tape.KeepOrRecompute(KeptValues.OtherNormalised, _norm.ForwardPooled(tape, x, Pool)), y)
            : AveragePool.Record(tape, _compression.Forward(tape, x), Pool, y);
}
