using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;
using DenseNetRaw.Modules;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Models;

/// <summary>
/// A densely connected network, from images [N, 3, H, W] to logits [N, classes, 1, 1]: stem, dense blocks with
/// transitions between them, norm-relu, global average pooling, linear layer. Huang et al. 2017, arXiv:1608.06993.
/// Names of the state dictionary are torchvision's for the ImageNet form and efficient_densenet_pytorch's for the
/// other.
/// </summary>
public sealed class DenseNet : Model
{
    private static readonly Window StemPool = new(3, 3, Stride: 2, Padding: 1);
    private readonly DenseNetConfiguration _configuration;
    private readonly ConvolutionLayer _stem;
    private readonly NormLayer? _stemNorm;
    private readonly List<DenseBlock> _blocks = [];
    private readonly List<Transition> _transitions = [];
    private readonly NormLayer _finalNorm;
    private readonly LinearLayer _classifier;
    private uint _dropouts;

    /// <summary>The network of that configuration.</summary>
    /// <exception cref="ArgumentException">Some extent is impossible.</exception>
    public DenseNet(DenseNetConfiguration configuration)
        : base(configuration)
    {
        configuration.Validate();
        _configuration = configuration;
        int channels = configuration.InitialChannels;
        _stem = Add(configuration.HasImageNetStem
            ? new ConvolutionLayer("features.conv0", 3, channels, kernelSize: 7, stride: 2)
            : new ConvolutionLayer("features.conv0", 3, channels, kernelSize: 3));
        _stemNorm = configuration.HasImageNetStem ? Add(new NormLayer("features.norm0", channels)) : null;
        List<int> supervised = [];
        for (int b = 1; b <= configuration.BlockLayers.Count; b++)
        {
            _blocks.Add(Add(new DenseBlock(
                $"features.denseblock{b}", configuration.BlockLayers[b - 1], channels, configuration.GrowthRate,
                configuration.BottleneckWidth * configuration.GrowthRate, NewDropout)));
            channels = _blocks[^1].OutputChannels;
            if (b < configuration.BlockLayers.Count)
            {
                supervised.Add(channels);
                int compressed = Math.Max(1, (int)(channels * configuration.Compression));
                _transitions.Add(Add(new Transition($"features.transition{b}", channels, compressed, NewDropout)));
                channels = compressed;
            }
        }

        string finalNorm = configuration.HasImageNetStem ? $"norm{configuration.BlockLayers.Count + 1}" : "norm_final";
        _finalNorm = Add(new NormLayer($"features.{finalNorm}", channels));
        _classifier = Add(new LinearLayer("classifier", channels, configuration.Classes));
        if (configuration.DeepSupervision > 0)
        {
            AddHeads(supervised, hasNorm: true);
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<DenseConnections> Connections =>
    [
        .. _blocks.Select((block, b) => block.Connections($"block {b + 1}", b < _transitions.Count
            ? ("transition", _transitions[b].Weight)
            : ("classifier", _classifier.Weight))),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<Exit> Exits(Tape tape, Variable x)
    {
        List<Exit> exits = [];
        Variable features = Stem(tape, x);
        for (int b = 0; b < _blocks.Count; b++)
        {
            features = _blocks[b].Forward(tape, features);
            if (tape.IsTraining && b < Heads.Count)
            {
                exits.Add(new Exit(Heads[b].Forward(tape, features), _configuration.DeepSupervision));
            }

            if (b < _transitions.Count)
            {
                Variable next = _blocks[b + 1].NewFeatures(tape, _transitions[b].Over(features.Shape));
                _transitions[b].Forward(tape, features, next.Channels(0, _transitions[b].OutputChannels));
                features = next;
            }
        }

        // Global average pooling: Lin et al. 2013, arXiv:1312.4400.
        Window plane = new(features.Shape.H, features.Shape.W);
        return [.. exits, new Exit(_classifier.Forward(tape, _finalNorm.ForwardPooled(tape, features, plane)))];
    }

    private Variable Stem(Tape tape, Variable images)
    {
        int channels = _configuration.InitialChannels;
        if (_stemNorm is null)
        {
            Variable block = _blocks[0].NewFeatures(tape, images.Shape with { C = channels });
            _stem.Forward(tape, images, block.Channels(0, channels));
            return block;
        }

        Variable normalised = tape.KeepOrRecompute(
            KeptValues.OtherNormalised, _stemNorm.Forward(tape, _stem.Forward(tape, images)));
        Variable features = _blocks[0].NewFeatures(tape, StemPool.Over(normalised.Shape, channels));
        MaxPool.Record(tape, normalised, StemPool, features.Channels(0, channels));
        return features;
    }

    private DropoutLayer? NewDropout(int kernelSize) =>
        _configuration.DropRate > 0
        && (kernelSize == 3 || _configuration.DropAfter == DropoutPlacement.EveryConvolution)
            ? new DropoutLayer(_configuration.DropRate, _dropouts++)
            : null;
}
