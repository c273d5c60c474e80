using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>An operation of the backends that <c>bench ops</c> times.</summary>
/// <param name="Name">The backend's method in lower case with hyphens, and the window where there is one.</param>
/// <param name="Prepare">Makes the operands; what it returns makes the call.</param>
internal sealed record TimedOperation(string Name, Func<OperationOperands, Action> Prepare)
{
    /// <summary>The operation that all others are beside.</summary>
    public const string PlainCopy = "copy";

    /// <summary>Whether a backend has it as one call, for x of this shape; else it is played as several.</summary>
    public Func<Backend, Shape, bool> IsOneCall { get; init; } = (_, _) => true;

    /// <summary>Whether it is a GPU's alone; elsewhere it is no operation of a step.</summary>
    public bool IsOnGpusAlone { get; init; }

    /// <summary>
    /// What a library of the GPU's maker has in its place, named as a variant; the first that it does not refuse is
    /// timed too.
    /// </summary>
    public IReadOnlyList<TimedOperation> Peers { get; init; } = [];
}
