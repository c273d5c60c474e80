using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Modules;

/// <summary>
/// One layer of a dense block, from all channels before it to growth-rate new ones: norm-relu-conv 3×3, and with a
/// bottleneck norm-relu-conv 1×1 before that. Huang et al. 2017, arXiv:1608.06993, section 3.
/// </summary>
public sealed class DenseLayer : Module
{
    private readonly NormReluConvolutionLayer? _bottleneck;
    private readonly NormReluConvolutionLayer _growth;

    /// <summary>A layer of the given extents.</summary>
    /// <param name="name">Prefix of its keys in the state dictionary.</param>
    /// <param name="inputChannels">Channels before it.</param>
    /// <param name="growthRate">Channels that it adds.</param>
    /// <param name="bottleneckChannels">Channels between the convolutions; 0 for no bottleneck.</param>
    /// <param name="newDropout">Makes the dropout after a convolution of the given kernel size, or null.</param>
    public DenseLayer(
        string name, int inputChannels, int growthRate, int bottleneckChannels, Func<int, DropoutLayer?> newDropout)
    {
        NormReluConvolutionLayer Unit(int ordinal, int from, int to, int kernelSize) =>
            Add(new NormReluConvolutionLayer(
                new NormLayer($"{name}.norm{ordinal}", from),
                new ConvolutionLayer($"{name}.conv{ordinal}", from, to, kernelSize),
                newDropout(kernelSize),
                ordinal == 1 ? KeptValues.NormalisedInputs : KeptValues.OtherNormalised,
                isBottleneck: kernelSize == 1));

        bool hasBottleneck = bottleneckChannels > 0;
        _bottleneck = hasBottleneck ? Unit(1, inputChannels, bottleneckChannels, 1) : null;
        _growth = hasBottleneck ? Unit(2, bottleneckChannels, growthRate, 3) : Unit(1, inputChannels, growthRate, 3);
    }

    /// <summary>The weights [K, C, R, S] of its first convolution, which reads all channels before it.</summary>
    public Parameter FirstWeight => (_bottleneck ?? _growth).Weight;

    /// <inheritdoc/>
    public override Variable Forward(Tape tape, Variable x) => Forward(tape, x, null);

    /// <summary>Records the layer, into its slice <paramref name="y"/> of the block if it is given.</summary>
    public Variable Forward(Tape tape, Variable x, Variable? y) =>
        _growth.Forward(tape, _bottleneck?.Forward(tape, x) ?? x, y);
}
