using DenseNetRaw.Autograd;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Modules;

/// <summary>
/// Layers that each read all channels before them and add growth-rate channels. Huang et al. 2017, arXiv:1608.06993,
/// equation 2. In place, the block is one variable: each layer reads the channels before it and writes its own, and all
/// share the statistics of what they read. The strategies that concatenate make a copy for every layer instead.
/// </summary>
public sealed class DenseBlock : Module
{
    private readonly string _name;
    private readonly int _inputChannels;
    private readonly int _growthRate;
    private readonly List<DenseLayer> _layers = [];

    /// <summary>A block of the given extents.</summary>
    /// <param name="name">Prefix of its keys in the state dictionary.</param>
    /// <param name="layers">Number of layers.</param>
    /// <param name="inputChannels">Channels that the first layer reads.</param>
    /// <param name="growthRate">Channels that each layer adds.</param>
    /// <param name="bottleneckChannels">Channels between a layer's convolutions; 0 for no bottleneck.</param>
    /// <param name="newDropout">Makes the dropout after a convolution of the given kernel size, or null.</param>
    public DenseBlock(
        string name, int layers, int inputChannels, int growthRate, int bottleneckChannels,
        Func<int, DropoutLayer?> newDropout)
    {
        (_name, _inputChannels, _growthRate) = (name, inputChannels, growthRate);
        for (int l = 0; l < layers; l++)
        {
            _layers.Add(Add(new DenseLayer(
                $"{name}.denselayer{l + 1}", inputChannels + (l * growthRate), growthRate, bottleneckChannels,
                newDropout)));
        }
    }

    /// <summary>Channels after the last layer.</summary>
    public int OutputChannels => _inputChannels + (_layers.Count * _growthRate);

    /// <summary>What its channels are of, and what reads them.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="next">What follows it, and reads all channels.</param>
    public DenseConnections Connections(string name, (string Name, Parameter Weight) next) => new(
        name,
        [("input", _inputChannels), .. _layers.Select((_, l) => ($"layer {l + 1}", _growthRate))],
        [.. _layers.Select((layer, l) => ($"layer {l + 1}", layer.FirstWeight)), next]);

    /// <summary>
    /// What the block's producer writes the first channels of: the whole block in place, its input alone otherwise.
    /// </summary>
    public Variable NewFeatures(Tape tape, Shape input) => tape.Memory.InPlace
        ? tape.NewFeatures(_name, input with { C = OutputChannels })
        : tape.NewVariable($"{_name}.input", input);

    /// <summary>
    /// Records the block, given <see cref="NewFeatures"/> with the first channels written, and returns all its
    /// channels.
    /// </summary>
    public override Variable Forward(Tape tape, Variable x) =>
        tape.Memory.InPlace ? InPlace(tape, x) : Concatenating(tape, x);

    private Variable InPlace(Tape tape, Variable block)
    {
        ShareStatistics(tape, block.Channels(0, _inputChannels));
        int channels = _inputChannels;
        foreach (DenseLayer layer in _layers)
        {
            Variable y = layer.Forward(tape, block.Channels(0, channels), block.Channels(channels, _growthRate));
            ShareStatistics(tape, y);
            channels += _growthRate;
        }

        return block;
    }

    private Variable Concatenating(Tape tape, Variable input)
    {
        List<Variable> parts = [input];
        foreach (DenseLayer layer in _layers)
        {
            parts.Add(layer.Forward(tape, Concatenation.Record(tape, _name, parts)));
        }

        return Concatenation.Record(tape, _name, parts);
    }

    private static void ShareStatistics(Tape tape, Variable x)
    {
        if (tape.IsTraining)
        {
            ChannelStatistics.Record(tape, x, x.Statistics);
        }
    }
}
