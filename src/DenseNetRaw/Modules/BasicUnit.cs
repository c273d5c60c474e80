using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Modules;

/// <summary>
/// Conv 3×3, norm, ReLU, conv 3×3, norm, added to the shortcut, ReLU. He et al. 2016, arXiv:1512.03385, figure 2, with
/// shortcuts of option A (<see cref="PaddedShortcut"/>). What is kept for the backward pass is the output and both
/// convolutions' outputs; the latter are computed again from the unit's input where bottlenecks are.
/// </summary>
public sealed class BasicUnit : ResidualUnit
{
    private readonly ConvolutionLayer _first;
    private readonly NormReluConvolutionLayer _second;
    private readonly NormLayer _norm;
    private readonly string _name;
    private readonly int _inputChannels, _outputChannels, _stride;

    /// <summary>A unit of the given extents.</summary>
    /// <param name="name">Prefix of its keys in the state dictionary.</param>
    /// <param name="inputChannels">Channels before it.</param>
    /// <param name="outputChannels">Channels after it, no fewer.</param>
    /// <param name="stride">Of its first convolution and its shortcut.</param>
    /// <param name="hasBias">Whether its convolutions have biases.</param>
    public BasicUnit(string name, int inputChannels, int outputChannels, int stride, bool hasBias)
    {
        (_name, _inputChannels, _outputChannels, _stride) = (name, inputChannels, outputChannels, stride);
        _first = Add(new ConvolutionLayer(
            $"{name}.conv1", inputChannels, outputChannels, kernelSize: 3, stride, hasBias));
        _second = Add(new NormReluConvolutionLayer(
            new NormLayer($"{name}.bn1", outputChannels),
            new ConvolutionLayer($"{name}.conv2", outputChannels, outputChannels, kernelSize: 3, hasBias: hasBias),
            dropout: null, KeptValues.OtherNormalised, isBottleneck: true));
        _norm = Add(new NormLayer($"{name}.bn2", outputChannels));
    }

    /// <inheritdoc/>
    public override Variable Forward(Tape tape, Variable x, Variable? gate)
    {
        Variable branch = Gated(tape, gate, () => Branch(tape, x));
        Variable shortcut = _stride == 1 && _inputChannels == _outputChannels
            ? x
            : PaddedShortcut.Record(tape, x, _outputChannels, _stride);
        return AddRelu.Record(tape, branch, shortcut, tape.NewVariable(_name, branch.Shape));
    }

    private Variable Branch(Tape tape, Variable x)
    {
        Variable first = tape.KeepOrRecompute(
            KeptValues.Bottlenecks, _first.Forward(tape, x, _first.NewOutput(tape, x, StorageRole.Bottleneck)));
        return _norm.ForwardLinear(tape, _second.Forward(tape, first));
    }
}
