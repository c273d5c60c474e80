using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Modules;

/// <summary>
/// Batch normalisation, ReLU, convolution and, if asked for, dropout: the unit that DenseNets are made of.
/// </summary>
public sealed class NormReluConvolutionLayer : Module
{
    private readonly NormLayer _norm;
    private readonly ConvolutionLayer _convolution;
    private readonly DropoutLayer? _dropout;
    private readonly KeptValues _normalised;
    private readonly bool _isBottleneck;

    /// <summary>The unit of these layers.</summary>
    /// <param name="norm">Normalises x.</param>
    /// <param name="convolution">Convolves what was normalised.</param>
    /// <param name="dropout">Drops from the result; null for none.</param>
    /// <param name="normalised">Which kind of value the normalised copy of its input is.</param>
    /// <param name="isBottleneck">Whether its output is a bottleneck's.</param>
    public NormReluConvolutionLayer(
        NormLayer norm, ConvolutionLayer convolution, DropoutLayer? dropout,
        KeptValues normalised = KeptValues.OtherNormalised, bool isBottleneck = false)
    {
        (_normalised, _isBottleneck) = (normalised, isBottleneck);
        _norm = Add(norm);
        _convolution = Add(convolution);
        _dropout = dropout is null ? null : Add(dropout);
    }

    /// <summary>The weights of the convolution.</summary>
    public Parameter Weight => _convolution.Weight;

    /// <inheritdoc/>
    public override Variable Forward(Tape tape, Variable x) => Forward(tape, x, null);

    /// <summary>Records the unit, into <paramref name="y"/> if it is given.</summary>
    public Variable Forward(Tape tape, Variable x, Variable? y)
    {
        DropoutLayer? dropout = tape.IsTraining ? _dropout : null;
        Variable? output = dropout is null ? y : null;
        if (!_isBottleneck)
        {
            Variable result = Convolve(tape, x, output);
            return dropout is null ? result : dropout.Forward(tape, result, y);
        }

        output ??= _convolution.NewOutput(tape, x, StorageRole.Bottleneck);
        Variable bottleneck = tape.KeepOrRecompute(KeptValues.Bottlenecks, Convolve(tape, x, output));
        return dropout is null
            ? bottleneck
            : tape.KeepOrRecompute(KeptValues.Bottlenecks, dropout.Forward(tape, bottleneck, y));
    }

    private Variable Convolve(Tape tape, Variable x, Variable? y)
    {
        BatchNormalisation norm = _norm.Normalisation(tape, x);
        return tape.Memory.Keeps(_normalised, norm.NormalisedName)
            ? _convolution.Forward(tape, NormRelu.Record(tape, x, norm), y)
            : _convolution.Forward(tape, x, norm, y);
    }
}
