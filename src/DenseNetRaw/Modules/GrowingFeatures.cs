using DenseNetRaw.Autograd;

namespace DenseNetRaw.Modules;

/// <summary>
/// Feature maps of one scale, to which layers add channels. In place they are one variable, of which producers write
/// their channels and consumers read those before them; the strategies that concatenate make a copy for every layer.
/// </summary>
/// <param name="tape">The tape.</param>
/// <param name="name">What plans call them.</param>
/// <param name="shape">Their extents once all channels are added.</param>
internal sealed class GrowingFeatures(Tape tape, string name, Shape shape)
{
    private readonly Variable? _slab = tape.Memory.InPlace ? tape.NewVariable(name, shape) : null;
    private readonly List<Variable> _parts = [];
    private Variable? _concatenation;
    private int _channels;

    /// <summary>What a producer of so many further channels writes.</summary>
    public Variable Add(int channels)
    {
        Variable part = _slab?.Channels(_channels, channels)
            ?? tape.NewVariable($"{name}.part{_parts.Count + 1}", shape with { C = channels });
        _channels += channels;
        _parts.Add(part);
        _concatenation = null;
        return part;
    }

    /// <summary>All channels added so far, which are recorded already.</summary>
    public Variable Read() =>
        _slab?.Channels(0, _channels) ?? (_concatenation ??= Concatenation.Record(tape, name, _parts));
}
