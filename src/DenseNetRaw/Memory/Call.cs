using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Memory;

/// <summary>
/// One backend call of a planned step: what it touches, what it is granted, and how to make it again.
/// </summary>
public sealed class Call
{
    private readonly Action<Backend, Grant> _action;

    internal Call(
        string operation, Node? node, Phase phase, Tensor[] reads, Tensor[] writes, Grant grant,
        Action<Backend, Grant> action)
    {
        Operation = operation;
        Node = node;
        Phase = phase;
        Reads = reads;
        Writes = writes;
        Grant = grant;
        _action = action;
    }

    /// <summary>The backend's method.</summary>
    public string Operation { get; }

    /// <summary>The node that it computes for; null for the seed of the backward pass.</summary>
    public Node? Node { get; }

    /// <summary>Which part of the step it belongs to.</summary>
    public Phase Phase { get; }

    /// <summary>The tensors it reads.</summary>
    public IReadOnlyList<Tensor> Reads { get; }

    /// <summary>The tensors it writes or adds to.</summary>
    public IReadOnlyList<Tensor> Writes { get; }

    /// <summary>Its scratch, and whether it stores or adds.</summary>
    public Grant Grant { get; }

    /// <summary>Makes the call.</summary>
    public void Play(Backend backend) => _action(backend, Grant);

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Phase.ToString().ToLowerInvariant()} {Operation}({string.Join(", ", Reads)}) "
        + $"{(Grant.Stores ? "stores" : "→")} {string.Join(", ", Writes)}";
}
