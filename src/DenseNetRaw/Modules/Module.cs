using DenseNetRaw.Autograd;

namespace DenseNetRaw.Modules;

/// <summary>A part of a model: what it records on a tape, and its parameters.</summary>
public abstract class Module
{
    private readonly List<Module> _children = [];

    /// <summary>All parameters, in the order of the state dictionary.</summary>
    public IEnumerable<Parameter> Parameters => OwnParameters.Concat(_children.SelectMany(child => child.Parameters));

    /// <summary>All norm layers, whose running statistics are part of the state dictionary.</summary>
    public IEnumerable<NormLayer> NormLayers =>
        _children.SelectMany(child => child is NormLayer norm ? [norm] : child.NormLayers);

    /// <summary>The parameters that are not a child's.</summary>
    protected virtual IEnumerable<Parameter> OwnParameters => [];

    /// <summary>Records the module's operations and returns its output.</summary>
    public abstract Variable Forward(Tape tape, Variable x);

    /// <summary>Makes a module part of this one.</summary>
    protected T Add<T>(T child)
        where T : Module
    {
        _children.Add(child);
        return child;
    }
}
