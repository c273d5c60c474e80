using DenseNetRaw.Autograd;
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

    /// <summary>The unit of these layers.</summary>
    /// <param name="norm">Normalises x.</param>
    /// <param name="convolution">Convolves what was normalised.</param>
    /// <param name="dropout">Drops from the result; null for none.</param>
    public NormReluConvolutionLayer(NormLayer norm, ConvolutionLayer convolution, DropoutLayer? dropout)
    {
        _norm = Add(norm);
        _convolution = Add(convolution);
        _dropout = dropout is null ? null : Add(dropout);
    }

    /// <inheritdoc/>
    public override Variable Forward(Tape tape, Variable x) => Forward(tape, x, null);

    /// <summary>Records the unit, into <paramref name="y"/> if it is given.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">The input.</param>
    /// <param name="y">Receives the result.</param>
    /// <param name="recomputes">Whether the result is dropped after the forward pass and computed again.</param>
    public Variable Forward(Tape tape, Variable x, Variable? y, bool recomputes = false)
    {
        DropoutLayer? dropout = tape.IsTraining ? _dropout : null;
        Variable convolved = Convolve(tape, x, dropout is null ? y : null);
        Variable result = dropout is null ? convolved : dropout.Forward(tape, convolved, y);
        convolved.Value.Storage.IsRecomputed |= recomputes;
        result.Value.Storage.IsRecomputed |= recomputes;
        return result;
    }

    private Variable Convolve(Tape tape, Variable x, Variable? y) => tape.Memory.KeepsNormalised
        ? _convolution.Forward(tape, _norm.Forward(tape, x), y)
        : NormReluConvolution.Record(
            tape, x, _norm.Normalisation(tape, x), _convolution.Weight, _convolution.Stride, _convolution.Padding, y);
}
