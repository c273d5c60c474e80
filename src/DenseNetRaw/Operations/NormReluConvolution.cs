using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Operations;

/// <summary>
/// <see cref="NormRelu"/> and the <see cref="Convolution"/> of its result, as one node: y = relu(norm(x)) ∗ w.
/// x [N, C, H, W]; w [K, C, R, S]; y [N, K, H', W']. The normalised copy is never kept: a backend that can fuses it
/// into the convolution's loads, elsewhere it is made in scratch, and again in the backward pass. Pleiss et al. 2017,
/// arXiv:1707.06990, recompute it likewise.
/// </summary>
public sealed class NormReluConvolution : Node
{
    private readonly Variable _x, _w, _y;
    private readonly BatchNormalisation _norm;
    private readonly Window _window;

    private NormReluConvolution(Variable x, BatchNormalisation norm, Variable w, Window window, Variable y)
        : base([x, .. norm.Variables, w], [y]) => (_x, _norm, _w, _window, _y) = (x, norm, w, window, y);

    /// <summary>What the normalised copy would be called as a variable of its own.</summary>
    public string NormalisedName => _norm.NormalisedName;

    /// <inheritdoc/>
    public override long MultiplyAdds => Convolution.CountMultiplyAdds(_w.Shape, _y.Shape);

    /// <inheritdoc/>
    public override long OtherOperations => _x.Shape.Count;

    /// <summary>Records y = relu(norm(x)) ∗ w, into <paramref name="y"/> if it is given, and returns y.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Variable Record(
        Tape tape, Variable x, BatchNormalisation norm, Variable w, int stride = 1, int padding = 0, Variable? y = null)
    {
        NormRelu.RequireVectors(nameof(NormReluConvolution), x, norm);
        Window window = Convolution.CheckedWindow(nameof(NormReluConvolution), x, w, stride, padding, y);
        y ??= Convolution.NewOutput(tape, x, w, window);
        tape.Record(new NormReluConvolution(x, norm, w, window, y));
        return y;
    }

    /// <inheritdoc/>
    public override void Prepare(Backend backend) =>
        backend.Prepare(_x.Value, _norm.Values, _w.Value, _window, _y.Value);

    /// <inheritdoc/>
    public override void Forward(Backend backend)
    {
        _norm.MoveRunning(backend, _x.Shape);

        // Last, so that a backend may take y's statistics, which come next, while it writes y.
        Replay(backend);
    }

    /// <inheritdoc/>
    public override void Backward(Backend backend) => backend.NormReluConvolutionBackward(
        _x.Value, _norm.Values, _w.Value, _window, _y.Gradient, _x.Gradient, _norm.Gradients, _w.Gradient);

    /// <summary>As forward, but the running statistics were moved already.</summary>
    public override void Replay(Backend backend) =>
        backend.NormReluConvolution(_x.Value, _norm.Values, _w.Value, _window, _y.Value);
}
