using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Memory;

/// <summary>
/// One backend call of a planned step: what it touches, what it is granted, and how to make it again.
/// </summary>
public sealed class Call
{
    /// <summary>
    /// Multiply-adds that a machine computes while it moves a byte: four cores of a CPU some 4, a GPU in float32 some
    /// 10. It weighs one sort of recomputation against the other, so its magnitude is all that matters.
    /// </summary>
    public const double MultiplyAddsPerByte = 8;

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

    /// <summary>Its scratch, whether it stores or adds, and whether it takes statistics.</summary>
    public Grant Grant { get; }

    /// <summary>
    /// Bytes of workspace with which it takes the statistics of what it writes; null where it cannot.
    /// </summary>
    internal long? StatisticsBytes { get; init; }

    /// <summary>Which convolution it is; null if it is none, or one with its norm-relu.</summary>
    public ConvolutionCall? Convolution { get; internal init; }

    /// <summary>
    /// Whether it is made even where its node's gate is closed: it clears a gradient that others add to as well.
    /// </summary>
    internal bool IsUngated { get; init; }

    /// <summary>Multiply-adds that it computes; convolutions alone have any.</summary>
    public long MultiplyAdds { get; internal init; }

    /// <summary>Bytes of the tensors that it touches: what it moves at least.</summary>
    public long BytesMoved { get; internal init; }

    /// <summary>
    /// What it costs, in multiply-adds: a byte moved counts as <see cref="MultiplyAddsPerByte"/> of them.
    /// </summary>
    public double Cost => MultiplyAdds + (MultiplyAddsPerByte * BytesMoved);

    /// <summary>The same call, which takes the statistics of what it writes as well.</summary>
    internal Call Taking(StatisticsGrant statistics, long bytes) =>
        new(
            Operation, Node, Phase, [.. Reads], [.. Writes, statistics.Mean, statistics.Variance],
            Grant with { Statistics = statistics }, _action)
        {
            Convolution = Convolution,
            MultiplyAdds = MultiplyAdds,
            BytesMoved = BytesMoved + bytes,
        };

    /// <summary>Makes the call, unless it is left out.</summary>
    public void Play(Backend backend)
    {
        if (!IsLeftOut(backend))
        {
            PlayUngated(backend);
        }
    }

    /// <summary>Whether the host sees that its node's gate is closed, and the step can do without the call.</summary>
    internal bool IsLeftOut(Backend backend) =>
        !IsUngated && Node?.Gate is { } gate && backend.IsClosed(gate.Value);

    /// <summary>Makes the call even if its node's gate is closed, as a graph of a device does.</summary>
    internal void PlayUngated(Backend backend) => _action(backend, Grant);

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Phase.ToString().ToLowerInvariant()} {Operation}({string.Join(", ", Reads)}) "
        + $"{(Grant.Stores ? "stores" : "→")} {string.Join(", ", Writes)}";
}
