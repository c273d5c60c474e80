using DenseNetRaw.Memory;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Autograd;

/// <summary>
/// The nodes of one step in order. A model is run once against it, with no numbers: each operation checks its shapes
/// and is recorded. <see cref="MemoryPlanner"/> turns the tape into a plan, and the plan is played.
/// </summary>
/// <param name="memory">What is kept for the backward pass.</param>
/// <param name="isTraining">Whether gradients are computed and batch statistics taken.</param>
public sealed class Tape(MemoryStrategy memory, bool isTraining = true)
{
    private readonly List<Node> _nodes = [];
    private readonly List<Variable> _inputs = [];

    /// <summary>What is kept for the backward pass; the modules record accordingly.</summary>
    public MemoryStrategy Memory => memory;

    /// <summary>Whether gradients are computed and batch statistics taken.</summary>
    public bool IsTraining => isTraining;

    /// <summary>
    /// Whether transitions pool before they convolve: the same result from a quarter of the products. A description of
    /// a model shows the published order.
    /// </summary>
    public bool PoolsFirst { get; init; } = true;

    /// <summary>The recorded operations in order.</summary>
    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>A variable that some node will write.</summary>
    public Variable NewVariable(string name, Shape shape, StorageRole role = StorageRole.Feature) =>
        New(name, shape, role, isTraining, null);

    /// <summary>A feature map whose consumers share its statistics.</summary>
    public Variable NewFeatures(string name, Shape shape) =>
        New(name, shape, StorageRole.Feature, isTraining, isTraining ? NewStatistics(name, shape.C) : null);

    /// <summary>Mean and variance of <paramref name="channels"/> channels.</summary>
    public Statistics NewStatistics(string name, int channels)
    {
        Variable Vector(string of) =>
            New($"{of} of {name}", Shape.Vector(channels), StorageRole.ChannelVector, isTraining, null);
        return new Statistics(Vector("mean"), Vector("variance"));
    }

    /// <summary>
    /// A variable that is uploaded before the step: images or labels; only a test asks for its gradient.
    /// </summary>
    public Variable NewInput(string name, Shape shape, StorageRole role = StorageRole.Input, bool hasGradient = false)
    {
        Variable input = New(name, shape, role, hasGradient, null);
        _inputs.Add(input);
        return input;
    }

    /// <summary>
    /// Marks the variable to be dropped after the forward pass and computed again when backward reads it, unless the
    /// strategy keeps values of its kind and name; returns it.
    /// </summary>
    public Variable KeepOrRecompute(KeptValues kind, Variable variable)
    {
        variable.Value.Storage.IsRecomputed = isTraining && !memory.Keeps(kind, variable.Name);
        return variable;
    }

    /// <summary>The gate of what is being recorded, or null.</summary>
    public Variable? Gate { get; private set; }

    /// <summary>Puts a node on the tape.</summary>
    public void Record(Node node)
    {
        node.Gate = Gate;
        _nodes.Add(node);
    }

    /// <summary>How many nodes were recorded up to the last that writes a variable, which is one of them.</summary>
    public int NodesTo(Variable y) =>
        1 + _nodes.FindLastIndex(node => node.Outputs.Any(output => output.Value.Storage == y.Value.Storage));

    /// <summary>
    /// Records nodes behind a gate, a number that is 0 or not: a branch that nothing reads but <see cref="Scale"/> by
    /// that gate, so that where it is 0 the values count for nothing and the gradients are 0. A backend whose calls the
    /// host makes then leaves the nodes out; another computes them, and in both cases no running statistics move.
    /// </summary>
    /// <param name="gate">Written before, and kept to the end of the step.</param>
    /// <param name="record">Records the branch.</param>
    public T Gated<T>(Variable gate, Func<T> record)
    {
        Variable? outer = Gate;
        Gate = gate;
        try
        {
            return record();
        }
        finally
        {
            Gate = outer;
        }
    }

    /// <summary>Plays the forward pass: each node in order.</summary>
    public void Forward(Tracing trace)
    {
        foreach (Node node in _nodes)
        {
            trace.Play(node, Phase.Forward);
        }
    }

    /// <summary>Plays the backward pass: each node in reverse, from dloss/dloss = 1.</summary>
    public void Backward(Tracing trace, Variable loss)
    {
        if (!loss.Gradient.IsWhole)
        {
            trace.Fill(0, Tensor.Of(loss.Gradient.Storage));
        }

        trace.Fill(1, loss.Gradient);
        for (int i = _nodes.Count - 1; i >= 0; i--)
        {
            trace.Play(_nodes[i], Phase.Backward);
        }
    }

    /// <summary>One line an input and one a node.</summary>
    public override string ToString() => string.Join(
        '\n', _inputs.Select(input => $"     in {input}").Concat(_nodes.Select((node, i) => $"{i,4} {node}")));

    private static Variable New(string name, Shape shape, StorageRole role, bool hasGradient, Statistics? statistics)
    {
        StorageRole gradientRole = role is StorageRole.ChannelVector ? role : StorageRole.FeatureGradient;
        return new Variable(
            Tensor.Of(new Storage(name, shape, role)),
            hasGradient ? Tensor.Of(new Storage($"d {name}", shape, gradientRole)) : null,
            statistics);
    }
}
