using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Modules;

namespace DenseNetRaw.Models;

/// <summary>A network from images [N, 3, H, W] to the logits of one or several exits.</summary>
/// <param name="configuration">Its extents.</param>
public abstract class Model(ModelConfiguration configuration) : Module
{
    private readonly List<AuxiliaryHead> _heads = [];

    /// <summary>Its extents.</summary>
    public ModelConfiguration Configuration => configuration;

    /// <summary>The classifiers before its end that only training has, in order.</summary>
    public IReadOnlyList<AuxiliaryHead> Heads => _heads;

    /// <summary>The extents of a batch of images that it takes.</summary>
    public Shape InputShape(int batchSize) => new(batchSize, 3, configuration.InputHeight, configuration.InputWidth);

    /// <summary>Whether a training step leaves a norm out, behind a gate that is closed in it.</summary>
    public virtual bool LeavesOut(NormLayer norm, StepState step) => false;

    /// <summary>Records the network and returns its exits in order, of which the last is its answer.</summary>
    public abstract IReadOnlyList<Exit> Exits(Tape tape, Variable x);

    /// <summary>Its dense blocks, whose layers read all feature maps before them; none unless it has such.</summary>
    public virtual IReadOnlyList<DenseConnections> Connections => [];

    /// <summary>Records the network and returns the last exit's logits.</summary>
    public override Variable Forward(Tape tape, Variable x) => Exits(tape, x)[^1].Logits;

    /// <summary>
    /// Adds a head for each of these numbers of channels; after all else, which so begins with the weights that it
    /// would have without.
    /// </summary>
    protected void AddHeads(IEnumerable<int> channels, bool hasNorm)
    {
        foreach (int width in channels)
        {
            _heads.Add(Add(new AuxiliaryHead($"heads.{_heads.Count + 1}", width, configuration.Classes, hasNorm)));
        }
    }
}
