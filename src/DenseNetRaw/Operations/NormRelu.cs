using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Operations;

/// <summary>
/// Batch normalisation and ReLU: y = max(0, gamma · (x − mean) / √(variance + ε) + beta).
/// x, y [N, C, H, W]; gamma, beta, mean, variance [1, C, 1, 1].
/// Ioffe and Szegedy 2015, arXiv:1502.03167, algorithm 1. Unlike there, mean and variance are variables of their own,
/// so every consumer of a feature map shares them (docs/shared-statistics.md).
/// </summary>
public sealed class NormRelu : Node
{
    private readonly Variable _x, _y;
    private readonly BatchNormalisation _norm;

    private NormRelu(Variable x, BatchNormalisation norm, Variable y)
        : base([x, .. norm.Variables], [y]) => (_x, _norm, _y) = (x, norm, y);

    /// <inheritdoc/>
    public override long OtherOperations => _y.Shape.Count;

    /// <summary>Records y = relu(norm(x)) and returns y.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Variable Record(Tape tape, Variable x, BatchNormalisation norm, Variable? y = null)
    {
        RequireVectors(nameof(NormRelu), x, norm);
        y ??= tape.NewVariable(norm.NormalisedName, x.Shape, StorageRole.Normalised);
        Require(y.Shape == x.Shape, nameof(NormRelu), "y must have x's shape", x, y);
        tape.Record(new NormRelu(x, norm, y));
        return y;
    }

    /// <inheritdoc/>
    public override void Forward(Backend backend)
    {
        Replay(backend);
        _norm.MoveRunning(backend, _x.Shape);
    }

    /// <inheritdoc/>
    public override void Backward(Backend backend) =>
        backend.NormReluBackward(_x.Value, _norm.Values, _y.Gradient, _x.Gradient, _norm.Gradients);

    /// <summary>As forward, but the running statistics were moved already.</summary>
    public override void Replay(Backend backend) => backend.NormRelu(_x.Value, _norm.Values, _y.Value);

    internal static void RequireVectors(string operation, Variable x, BatchNormalisation norm)
    {
        foreach (Variable vector in norm.Variables)
        {
            Require(
                vector.Shape == Shape.Vector(x.Shape.C), operation,
                $"a channel vector must be [1, {x.Shape.C}, 1, 1] for x", x, vector);
        }
    }
}
