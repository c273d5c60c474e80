using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;
using DenseNetRaw.Modules;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Models;

/// <summary>
/// A residual network for small images, from [N, 3, H, W] to logits [N, classes, 1, 1]: 3×3 convolution, stages of
/// residual units whose planes halve and whose channels double from one to the next, global average pooling, linear
/// layer. Post-activation: He et al. 2016, arXiv:1512.03385, section 4.2. Pre-activation: He et al. 2016,
/// arXiv:1603.05027, with norm-relu before the pooling. With a survival rate below 1, stochastic depth: Huang et al.
/// 2016, arXiv:1603.09382. Names of the state dictionary are in the manner of torchvision's.
/// </summary>
public sealed class ResNet : Model
{
    private readonly ResNetConfiguration _configuration;
    private readonly ConvolutionLayer _stem;
    private readonly NormLayer? _stemNorm;
    private readonly List<List<ResidualUnit>> _stages = [];
    private readonly Dictionary<NormLayer, int> _gateOfNorm = [];
    private readonly int _units;
    private readonly NormLayer? _finalNorm;
    private readonly LinearLayer _classifier;

    /// <summary>The network of that configuration.</summary>
    /// <exception cref="ArgumentException">Some extent is impossible.</exception>
    public ResNet(ResNetConfiguration configuration)
        : base(configuration)
    {
        configuration.Validate();
        _configuration = configuration;
        int channels = configuration.InitialChannels;
        _stem = Add(new ConvolutionLayer("conv1", 3, channels, kernelSize: 3, hasBias: configuration.HasBiases));
        _stemNorm = configuration.IsPreactivation ? null : Add(new NormLayer("bn1", channels));
        for (int s = 0; s < configuration.StageUnits.Count; s++)
        {
            List<ResidualUnit> units = [];
            for (int u = 0; u < configuration.StageUnits[s]; u++)
            {
                int stride = s > 0 && u == 0 ? 2 : 1;
                units.Add(Add(NewUnit($"layer{s + 1}.{u}", channels, configuration.StageWidths[s], stride)));
                channels = configuration.StageWidths[s];
                foreach (NormLayer norm in units[u].BranchNorms)
                {
                    _gateOfNorm.Add(norm, _units);
                }

                _units++;
            }

            _stages.Add(units);
        }

        _finalNorm = configuration.IsPreactivation ? Add(new NormLayer("bn", channels)) : null;
        _classifier = Add(new LinearLayer("fc", channels, configuration.Classes));
        if (configuration.DeepSupervision > 0)
        {
            AddHeads(configuration.StageWidths.SkipLast(1), hasNorm: configuration.IsPreactivation);
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Exit> Exits(Tape tape, Variable x)
    {
        Variable? gates = _configuration.SurvivalRate < 1
            ? SurvivalGates.Record(tape, _units, _configuration.SurvivalRate)
            : null;
        List<Exit> exits = [];
        Variable features = Stem(tape, x);
        int ordinal = 0;
        for (int s = 0; s < _stages.Count; s++)
        {
            foreach (ResidualUnit unit in _stages[s])
            {
                features = unit.Forward(tape, features, gates?.Channels(ordinal++, 1));
            }

            if (tape.IsTraining && s < Heads.Count)
            {
                exits.Add(new Exit(Heads[s].Forward(tape, features), _configuration.DeepSupervision));
            }
        }

        // Global average pooling: Lin et al. 2013, arXiv:1312.4400.
        Window plane = new(features.Shape.H, features.Shape.W);
        Variable pooled = _finalNorm?.ForwardPooled(tape, features, plane) ?? AveragePool.RecordGlobal(tape, features);
        return [.. exits, new Exit(_classifier.Forward(tape, pooled))];
    }

    /// <inheritdoc/>
    public override bool LeavesOut(NormLayer norm, StepState step) =>
        _gateOfNorm.TryGetValue(norm, out int l)
        && !SurvivalGates.IsOpen(step, l, _units, _configuration.SurvivalRate);

    private Variable Stem(Tape tape, Variable images)
    {
        if (_stemNorm is null)
        {
            Variable features = tape.NewFeatures(
                "stem", images.Shape with { C = _configuration.InitialChannels });
            return PreactivationUnit.ShareStatistics(tape, _stem.Forward(tape, images, features));
        }

        return tape.KeepOrRecompute(
            KeptValues.OtherNormalised, _stemNorm.Forward(tape, _stem.Forward(tape, images)));
    }

    private ResidualUnit NewUnit(string name, int inputChannels, int outputChannels, int stride) =>
        _configuration.IsPreactivation
            ? new PreactivationUnit(name, inputChannels, outputChannels, stride, _configuration.HasBiases)
            : new BasicUnit(name, inputChannels, outputChannels, stride, _configuration.HasBiases);
}
