using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Modules;

/// <summary>
/// Units of convolution, batch normalisation and ReLU, one after another: post-activation, so that what the last norm
/// writes is read by any number of consumers as it is. What a convolution gives its norm is of the kind
/// <see cref="KeptValues.Bottlenecks"/>.
/// </summary>
public sealed class ConvolutionNormReluChain : Module
{
    private readonly ConvolutionLayer _first;
    private readonly List<NormReluConvolutionLayer> _others = [];
    private readonly NormLayer _last;

    /// <summary>The chain of these units.</summary>
    /// <param name="units">One or several.</param>
    public ConvolutionNormReluChain(params IReadOnlyList<(ConvolutionLayer Convolution, NormLayer Norm)> units)
    {
        _first = Add(units[0].Convolution);
        for (int i = 1; i < units.Count; i++)
        {
            _others.Add(Add(new NormReluConvolutionLayer(
                units[i - 1].Norm, units[i].Convolution, dropout: null, isBottleneck: true)));
        }

        _last = Add(units[^1].Norm);
    }

    /// <inheritdoc/>
    public override Variable Forward(Tape tape, Variable x) => Forward(tape, x, null);

    /// <summary>Records the chain, into <paramref name="y"/> if it is given.</summary>
    public Variable Forward(Tape tape, Variable x, Variable? y)
    {
        Variable convolved = Convolve(tape, x);
        return NormRelu.Record(tape, convolved, _last.Normalisation(tape, convolved), y);
    }

    /// <summary>Records the mean of each plane of what <see cref="Forward(Tape, Variable)"/> records.</summary>
    public Variable ForwardPooled(Tape tape, Variable x)
    {
        Variable convolved = Convolve(tape, x);
        return _last.ForwardPooled(tape, convolved, new Window(convolved.Shape.H, convolved.Shape.W));
    }

    private Variable Convolve(Tape tape, Variable x)
    {
        Variable convolved = tape.KeepOrRecompute(
            KeptValues.Bottlenecks,
            _first.Forward(tape, x, _first.NewOutput(tape, x, StorageRole.Bottleneck)));
        foreach (NormReluConvolutionLayer unit in _others)
        {
            convolved = unit.Forward(tape, convolved);
        }

        return convolved;
    }
}
