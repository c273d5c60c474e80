using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Modules;

/// <summary>
/// Norm-relu-conv 1×1 to a quarter of the channels, norm-relu-conv 3×3, norm-relu-conv 1×1, added to the shortcut. He
/// et al. 2016, arXiv:1603.05027, figure 1(b), as the authors' resnet-1k-layers has it: the first 1×1 convolution has
/// the stride, and where the shortcut is a 1×1 projection both read one norm-relu of the input. The sum is measured
/// once, when it is written, for every norm that reads it.
/// </summary>
public sealed class PreactivationUnit : ResidualUnit
{
    /// <summary>Channels of the unit in channels between its convolutions.</summary>
    public const int Expansion = 4;

    private readonly string _name;
    private readonly NormLayer _norm;
    private readonly ConvolutionLayer _first;
    private readonly NormReluConvolutionLayer? _normAndFirst;
    private readonly NormReluConvolutionLayer _second, _third;
    private readonly ConvolutionLayer? _projection;

    /// <summary>A unit of the given extents.</summary>
    /// <param name="name">Prefix of its keys in the state dictionary.</param>
    /// <param name="inputChannels">Channels before it.</param>
    /// <param name="outputChannels">Channels after it: a multiple of four.</param>
    /// <param name="stride">Of its first convolution and its shortcut.</param>
    /// <param name="hasBias">Whether its convolutions have biases.</param>
    public PreactivationUnit(string name, int inputChannels, int outputChannels, int stride, bool hasBias)
    {
        _name = name;
        int inner = outputChannels / Expansion;
        _norm = new NormLayer($"{name}.bn1", inputChannels);
        _first = new ConvolutionLayer($"{name}.conv1", inputChannels, inner, kernelSize: 1, stride, hasBias);
        bool isProjected = stride != 1 || inputChannels != outputChannels;
        if (isProjected)
        {
            Add(_norm);
            Add(_first);
        }
        else
        {
            _normAndFirst = Add(new NormReluConvolutionLayer(
                _norm, _first, dropout: null, KeptValues.NormalisedInputs, isBottleneck: true));
        }

        _second = Add(new NormReluConvolutionLayer(
            new NormLayer($"{name}.bn2", inner),
            new ConvolutionLayer($"{name}.conv2", inner, inner, kernelSize: 3, hasBias: hasBias),
            dropout: null, KeptValues.OtherNormalised, isBottleneck: true));
        _third = Add(new NormReluConvolutionLayer(
            new NormLayer($"{name}.bn3", inner),
            new ConvolutionLayer($"{name}.conv3", inner, outputChannels, kernelSize: 1, hasBias: hasBias),
            dropout: null));
        _projection = isProjected
            ? Add(new ConvolutionLayer(
                $"{name}.downsample.0", inputChannels, outputChannels, kernelSize: 1, stride, hasBias))
            : null;
    }

    /// <summary>All but the norm that a projection reads as well.</summary>
    public override IEnumerable<NormLayer> BranchNorms =>
        _projection is null ? NormLayers : NormLayers.Where(norm => norm != _norm);

    /// <summary>Measures a sum for all norms that read it, and returns it.</summary>
    public static Variable ShareStatistics(Tape tape, Variable sum)
    {
        if (tape.IsTraining)
        {
            ChannelStatistics.Record(tape, sum, sum.Statistics);
        }

        return sum;
    }

    /// <inheritdoc/>
    public override Variable Forward(Tape tape, Variable x, Variable? gate)
    {
        // What the projection reads as well is no part of the branch.
        Variable? shared = _projection is null
            ? null
            : tape.KeepOrRecompute(KeptValues.NormalisedInputs, _norm.Forward(tape, x));
        Variable branch = Gated(tape, gate, () =>
            _third.Forward(tape, _second.Forward(tape, First(tape, x, shared))));
        Variable shortcut = shared is null ? x : _projection!.Forward(tape, shared);
        return ShareStatistics(tape, Sum(tape, branch, shortcut));
    }

    private Variable First(Tape tape, Variable x, Variable? shared) => shared is null
        ? _normAndFirst!.Forward(tape, x)
        : tape.KeepOrRecompute(
            KeptValues.Bottlenecks,
            _first.Forward(tape, shared, _first.NewOutput(tape, shared, StorageRole.Bottleneck)));

    private Variable Sum(Tape tape, Variable branch, Variable shortcut) =>
        Operations.Add.Record(tape, branch, shortcut, tape.NewFeatures(_name, branch.Shape));
}
