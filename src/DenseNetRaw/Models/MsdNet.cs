using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;
using DenseNetRaw.Modules;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Models;

/// <summary>
/// A multi-scale dense network, from images [N, 3, H, W] to the logits [N, classes, 1, 1] of each of its classifiers.
/// Huang et al. 2018, arXiv:1703.09844. Features of a scale between two transitions are one variable in place, which
/// norm-relu writes and all consumers read as it is. Names of the state dictionary are those of MSDNet-PyTorch, whose
/// first convolution has a bias for ImageNet, which the norm after it takes out again and this one has not.
/// </summary>
public sealed class MsdNet : Model
{
    private static readonly Window StemPool = new(3, 3, Stride: 2, Padding: 1);
    private readonly MsdNetConfiguration _configuration;
    private readonly IReadOnlyList<MsdNetLayer> _plan;
    private readonly List<ConvolutionNormReluChain> _stem = [];
    private readonly List<MultiScaleLayer> _layers = [];
    private readonly Dictionary<int, List<ConvolutionNormReluChain>> _transitions = [];
    private readonly List<ExitClassifier> _classifiers = [];

    /// <summary>The network of that configuration.</summary>
    /// <exception cref="ArgumentException">Some extent is impossible.</exception>
    public MsdNet(MsdNetConfiguration configuration)
        : base(configuration)
    {
        configuration.Validate();
        (_configuration, _plan) = (configuration, configuration.Layers());
        AddStem();
        int position = 1;
        for (int l = 0; l < _plan.Count; l++)
        {
            position = l > 0 && _plan[l].Block > _plan[l - 1].Block ? 0 : position;
            string block = $"blocks.{_plan[l].Block}";
            AddLayer($"{block}.{position++}.layers", _plan[l]);
            if (_plan[l].Compressed is { } compressed)
            {
                AddTransition($"{block}.{position++}.m", l, compressed);
            }
        }

        for (int l = 0; l < _plan.Count; l++)
        {
            if (EndsBlock(l))
            {
                int channels = ChannelsAfter(_plan[l]) * configuration.GrowthFactors[^1];
                _classifiers.Add(Add(new ExitClassifier(
                    $"classifier.{_classifiers.Count}", channels,
                    configuration.ClassifierChannels > 0 ? configuration.ClassifierChannels : channels,
                    configuration.Classes)));
            }
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Exit> Exits(Tape tape, Variable x)
    {
        GrowingFeatures[] features = Stem(tape, x);
        List<Exit> exits = [];
        for (int l = 0; l < _layers.Count; l++)
        {
            _layers[l].Record(tape, features, scale => _configuration.GrowthRate * _configuration.GrowthFactors[scale]);
            if (_transitions.TryGetValue(l, out List<ConvolutionNormReluChain>? transition))
            {
                Transition(tape, l, transition, features);
            }

            if (EndsBlock(l))
            {
                exits.Add(new Exit(_classifiers[exits.Count].Forward(tape, features[^1].Read())));
            }
        }

        return exits;
    }

    private bool EndsBlock(int l) => l + 1 == _plan.Count || _plan[l + 1].Block > _plan[l].Block;

    private int ChannelsAfter(MsdNetLayer layer) => layer.Compressed ?? (layer.Channels + _configuration.GrowthRate);

    private void AddStem()
    {
        int inputs = 3;
        for (int scale = 0; scale < _configuration.Scales; scale++)
        {
            int outputs = _configuration.InitialChannels * _configuration.GrowthFactors[scale];
            string name = $"blocks.0.0.layers.{scale}";
            _stem.Add(Add(scale == 0 && _configuration.HasImageNetStem
                ? Chain(name, inputs, outputs, kernelSize: 7, stride: 2)
                : Chain($"{name}.net", inputs, outputs, kernelSize: 3, stride: scale == 0 ? 1 : 2)));
            inputs = outputs;
        }
    }

    private void AddLayer(string name, MsdNetLayer layer)
    {
        int first = _configuration.Scales - layer.OutputScales;
        List<(ConvolutionNormReluChain?, ConvolutionNormReluChain)> scales = [];
        for (int scale = first; scale < _configuration.Scales; scale++)
        {
            string unit = $"{name}.{scale - first}";
            int growth = _configuration.GrowthRate * _configuration.GrowthFactors[scale];
            if (scale == first && layer.InputScales == layer.OutputScales)
            {
                scales.Add((null, GrowthUnit($"{unit}.conv_normal.net", layer, scale, growth, stride: 1)));
            }
            else
            {
                scales.Add((
                    GrowthUnit($"{unit}.conv_down.net", layer, scale - 1, growth / 2, stride: 2),
                    GrowthUnit($"{unit}.conv_normal.net", layer, scale, growth / 2, stride: 1)));
            }
        }

        _layers.Add(new MultiScaleLayer(first, scales));
    }

    /// <summary>[1×1 convolution, norm, ReLU,] 3×3 convolution, norm, ReLU, from one scale.</summary>
    private ConvolutionNormReluChain GrowthUnit(string name, MsdNetLayer layer, int scale, int outputs, int stride)
    {
        int inputs = layer.Channels * _configuration.GrowthFactors[scale];
        if (_configuration.BottleneckFactors.Count == 0)
        {
            return Add(Chain(name, inputs, outputs, kernelSize: 3, stride));
        }

        int inner = (int)Math.Min(inputs, (long)_configuration.BottleneckFactors[scale] * outputs);
        return Add(new ConvolutionNormReluChain(
            (new ConvolutionLayer($"{name}.0", inputs, inner, kernelSize: 1), new NormLayer($"{name}.1", inner)),
            (new ConvolutionLayer($"{name}.3", inner, outputs, kernelSize: 3, stride),
                new NormLayer($"{name}.4", outputs))));
    }

    private void AddTransition(string name, int l, int compressed)
    {
        int first = _configuration.Scales - _plan[l].OutputScales;
        int channels = _plan[l].Channels + _configuration.GrowthRate;
        _transitions[l] =
        [
            .. _configuration.GrowthFactors.Skip(first).Select((factor, i) => Add(
                Chain($"{name}.{i}.net", channels * factor, compressed * factor, kernelSize: 1, stride: 1))),
        ];
    }

    private static ConvolutionNormReluChain Chain(string name, int inputs, int outputs, int kernelSize, int stride) =>
        new((
            new ConvolutionLayer($"{name}.0", inputs, outputs, kernelSize, stride),
            new NormLayer($"{name}.1", outputs)));

    private GrowingFeatures[] Stem(Tape tape, Variable images)
    {
        GrowingFeatures[] features = new GrowingFeatures[_configuration.Scales];
        Variable x = images;
        for (int scale = 0; scale < features.Length; scale++)
        {
            int channels = _configuration.InitialChannels * _configuration.GrowthFactors[scale];
            ConvolutionNormReluChain unit = _stem[scale];
            if (scale == 0 && _configuration.HasImageNetStem)
            {
                Variable normalised = tape.KeepOrRecompute(KeptValues.OtherNormalised, unit.Forward(tape, x));
                Shape pooled = StemPool.Over(normalised.Shape, channels);
                features[scale] = NewFeatures(tape, 0, scale, pooled);
                x = MaxPool.Record(tape, normalised, StemPool, features[scale].Add(channels));
            }
            else
            {
                Window window = new(3, 3, Stride: scale == 0 ? 1 : 2, Padding: 1);
                features[scale] = NewFeatures(tape, 0, scale, window.Over(x.Shape, channels));
                x = unit.Forward(tape, x, features[scale].Add(channels));
            }
        }

        return features;
    }

    private void Transition(
        Tape tape, int l, List<ConvolutionNormReluChain> transition, GrowingFeatures[] features)
    {
        int first = _configuration.Scales - transition.Count;
        for (int i = 0; i < transition.Count; i++)
        {
            Variable x = features[first + i].Read();
            int channels = _plan[l].Compressed!.Value * _configuration.GrowthFactors[first + i];
            features[first + i] = NewFeatures(tape, l + 1, first + i, x.Shape with { C = channels });
            transition[i].Forward(tape, x, features[first + i].Add(channels));
        }
    }

    /// <summary>Features of a scale with room for what the layers from one to the next transition add.</summary>
    private GrowingFeatures NewFeatures(Tape tape, int from, int scale, Shape initial)
    {
        int channels = initial.C;
        for (int l = from; l < _plan.Count; l++)
        {
            channels += scale >= _layers[l].FirstScale
                ? _configuration.GrowthRate * _configuration.GrowthFactors[scale]
                : 0;
            if (_plan[l].Compressed is not null)
            {
                break;
            }
        }

        return new GrowingFeatures(tape, $"features.{from}.{scale}", initial with { C = channels });
    }
}
