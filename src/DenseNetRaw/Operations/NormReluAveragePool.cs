using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Operations;

/// <summary>
/// <see cref="NormRelu"/> and the <see cref="AveragePool"/> of its result, as one node: y = pool(relu(norm(x))).
/// x [N, C, H, W]; y [N, C, H', W']. The normalised copy is never kept, as in <see cref="NormReluConvolution"/>; the
/// gradient needs none, since it finds the ReLU's mask again from x.
/// </summary>
public sealed class NormReluAveragePool : Node
{
    private readonly Variable _x, _y;
    private readonly BatchNormalisation _norm;
    private readonly Window _window;

    private NormReluAveragePool(Variable x, BatchNormalisation norm, Window window, Variable y)
        : base([x, .. norm.Variables], [y]) => (_x, _norm, _window, _y) = (x, norm, window, y);

    /// <inheritdoc/>
    public override long OtherOperations => _x.Shape.Count + (_y.Shape.Count * _window.Height * _window.Width);

    /// <summary>Records y = pool(relu(norm(x))), into <paramref name="y"/> if it is given, and returns y.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Variable Record(Tape tape, Variable x, BatchNormalisation norm, Window window, Variable? y = null)
    {
        NormRelu.RequireVectors(nameof(NormReluAveragePool), x, norm);
        y = AveragePool.CheckedOutput(nameof(NormReluAveragePool), tape, x, window, y, $"pooled {norm.NormalisedName}");
        tape.Record(new NormReluAveragePool(x, norm, window, y));
        return y;
    }

    /// <inheritdoc/>
    public override void Forward(Backend backend)
    {
        Replay(backend);
        _norm.MoveRunning(backend, _x.Shape);
    }

    /// <inheritdoc/>
    public override void Backward(Backend backend) => backend.NormReluAveragePoolBackward(
        _x.Value, _norm.Values, _window, _y.Gradient, _x.Gradient, _norm.Gradients);

    /// <summary>As forward, but the running statistics were moved already.</summary>
    public override void Replay(Backend backend) =>
        backend.NormReluAveragePool(_x.Value, _norm.Values, _window, _y.Value);
}
