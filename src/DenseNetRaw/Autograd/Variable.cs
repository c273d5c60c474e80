namespace DenseNetRaw.Autograd;

/// <summary>
/// A value, its gradient and, for a feature map, its channel statistics. Slicing slices all of them, which is why
/// neither concatenation nor its gradient exists as an operation.
/// </summary>
/// <param name="value">The value.</param>
/// <param name="gradient">The gradient of the loss in it, of the same shape; null where none is computed.</param>
/// <param name="statistics">The batch statistics that all its consumers share; null where each takes its own.</param>
public class Variable(Tensor value, Tensor? gradient, Statistics? statistics = null)
{
    /// <summary>What plans, traces and errors call it.</summary>
    public string Name => value.Storage.Name;

    /// <summary>The extents of value and gradient.</summary>
    public Shape Shape => value.Shape;

    /// <summary>The value.</summary>
    public Tensor Value => value;

    /// <summary>Whether a gradient is computed: not for images, and never in evaluation.</summary>
    public bool HasGradient => gradient is not null;

    /// <summary>The gradient of the loss.</summary>
    /// <exception cref="InvalidOperationException">None is computed.</exception>
    public Tensor Gradient => gradient ?? throw new InvalidOperationException($"{this} has no gradient");

    /// <summary>The batch statistics that all consumers of this feature map share, or null.</summary>
    public Statistics? Statistics => statistics;

    /// <summary>The same channels of value, gradient and statistics.</summary>
    public Variable Channels(int first, int count) =>
        new(value.Channels(first, count), gradient?.Channels(first, count), statistics?.Channels(first, count));

    /// <inheritdoc/>
    public override string ToString() => value.ToString();
}
