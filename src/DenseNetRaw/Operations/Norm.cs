using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Operations;

/// <summary>
/// Batch normalisation with no ReLU after it: y = gamma · (x − mean) / √(variance + ε) + beta. x, y [N, C, H, W];
/// gamma, beta, mean, variance [1, C, 1, 1]. Ioffe and Szegedy 2015, arXiv:1502.03167, algorithm 1; statistics are
/// variables, as for <see cref="NormRelu"/>. The gradient reads x and not y.
/// </summary>
public sealed class Norm : Node
{
    private readonly Variable _x, _y;
    private readonly BatchNormalisation _norm;

    private Norm(Variable x, BatchNormalisation norm, Variable y)
        : base([x, .. norm.Variables], [y]) => (_x, _norm, _y) = (x, norm, y);

    /// <summary>Records y = norm(x) and returns y.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Variable Record(Tape tape, Variable x, BatchNormalisation norm)
    {
        NormRelu.RequireVectors(nameof(Norm), x, norm);
        Variable y = tape.NewVariable($"norm {norm.Name}", x.Shape, StorageRole.Normalised);
        tape.Record(new Norm(x, norm, y));
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
        backend.NormBackward(_x.Value, _norm.Values, _y.Gradient, _x.Gradient, _norm.Gradients);

    /// <summary>As forward, but the running statistics were moved already.</summary>
    public override void Replay(Backend backend) => backend.Norm(_x.Value, _norm.Values, _y.Value);
}
