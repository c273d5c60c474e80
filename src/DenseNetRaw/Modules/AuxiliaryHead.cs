using DenseNetRaw.Autograd;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Modules;

/// <summary>
/// A classifier that only training has, on features before the network's end: norm-relu where those are not yet
/// normalised, global average pooling, linear layer. The companion objective of Lee et al. 2015, arXiv:1409.5185,
/// section 2, with this network's own classifier and loss in place of their support vector machines.
/// </summary>
public sealed class AuxiliaryHead : Module
{
    private readonly NormLayer? _norm;
    private readonly LinearLayer _classifier;

    /// <summary>A head of the given extents.</summary>
    /// <param name="name">Prefix of its keys in the state dictionary.</param>
    /// <param name="channels">Channels of the features.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="hasNorm">Whether it begins with norm-relu.</param>
    public AuxiliaryHead(string name, int channels, int classes, bool hasNorm)
    {
        _norm = hasNorm ? Add(new NormLayer($"{name}.norm", channels)) : null;
        _classifier = Add(new LinearLayer($"{name}.fc", channels, classes));
    }

    /// <inheritdoc/>
    public override Variable Forward(Tape tape, Variable x)
    {
        Window plane = new(x.Shape.H, x.Shape.W);
        return _classifier.Forward(
            tape, _norm?.ForwardPooled(tape, x, plane) ?? AveragePool.RecordGlobal(tape, x));
    }
}
