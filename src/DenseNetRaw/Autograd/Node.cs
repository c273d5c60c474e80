using DenseNetRaw.Backends;

namespace DenseNetRaw.Autograd;

/// <summary>
/// One recorded operation. Its methods say which backend calls compute it; they are played once, when the step is
/// planned, and the calls are what a step plays. An operation knows nothing of memory.
/// </summary>
/// <param name="inputs">The variables it reads.</param>
/// <param name="outputs">The variables it writes.</param>
public abstract class Node(IReadOnlyList<Variable> inputs, IReadOnlyList<Variable> outputs)
{
    /// <summary>The operation's name.</summary>
    public string Operation => GetType().Name;

    /// <summary>The variables it reads.</summary>
    public IReadOnlyList<Variable> Inputs => inputs;

    /// <summary>The variables it writes.</summary>
    public IReadOnlyList<Variable> Outputs => outputs;

    /// <summary>
    /// A number [1, 1, 1, 1] that is 0 in the steps that have no use for this node (<see cref="Tape.Gated"/>), or null.
    /// </summary>
    public Variable? Gate { get; internal set; }

    /// <summary>
    /// Multiply-adds of its forward pass; convolutions alone have any, as in the literature's counts.
    /// </summary>
    public virtual long MultiplyAdds => 0;

    /// <summary>
    /// What its forward pass takes beside multiply-adds where MSDNet's authors count: one an element of a ReLU and of a
    /// bias, an element of the window for each that pooling gives; nothing for normalisation.
    /// </summary>
    public virtual long OtherOperations => 0;

    /// <summary>Prepares what the forward pass reads of parameters (<see cref="Backend.Prepare"/>).</summary>
    public virtual void Prepare(Backend backend)
    {
    }

    /// <summary>Computes the outputs from the inputs.</summary>
    public abstract void Forward(Backend backend);

    /// <summary>Adds this node's part to the gradients of the inputs, given the gradients of the outputs.</summary>
    public abstract void Backward(Backend backend);

    /// <summary>Computes a dropped output again, bit for bit, and has no other effect.</summary>
    public virtual void Replay(Backend backend) => Forward(backend);

    /// <inheritdoc/>
    public override string ToString() => $"{Operation}({string.Join(", ", inputs)}) → {string.Join(", ", outputs)}";

    /// <summary>Fails, when the model is recorded, naming operation, rule and arguments.</summary>
    /// <exception cref="ArgumentException">The condition does not hold.</exception>
    protected static void Require(bool holds, string operation, string rule, params ReadOnlySpan<Variable> arguments)
    {
        if (!holds)
        {
            throw new ArgumentException(
                $"{operation}: {rule}; found {string.Join(", ", arguments.ToArray().Select(a => a.ToString()))}");
        }
    }
}
