using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Operations;

/// <summary>
/// y[n,c,h,w] = maximum over r,s of x[n, c, h·stride + r − padding, w·stride + s − padding], padding not taking part.
/// x [N, C, H, W]; y [N, C, H', W']. No indices are stored: backward finds the maximum again.
/// </summary>
public sealed class MaxPool : Node
{
    private readonly Variable _x, _y;
    private readonly Window _window;

    private MaxPool(Variable x, Window window, Variable y)
        : base([x], [y]) => (_x, _window, _y) = (x, window, y);

    /// <inheritdoc/>
    public override long OtherOperations => _y.Shape.Count * _window.Height * _window.Width;

    /// <summary>Records the pooling of x, into <paramref name="y"/> if it is given, and returns y.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Variable Record(Tape tape, Variable x, Window window, Variable? y = null)
    {
        Require(window.Fits(x.Shape), nameof(MaxPool), $"{window} must fit into x", x);
        y ??= tape.NewVariable($"max pool of {x.Name}", window.Over(x.Shape, x.Shape.C));
        Require(
            y.Shape == window.Over(x.Shape, x.Shape.C), nameof(MaxPool), $"y must be {window.Over(x.Shape, x.Shape.C)}",
            x, y);
        tape.Record(new MaxPool(x, window, y));
        return y;
    }

    /// <inheritdoc/>
    public override void Forward(Backend backend) => backend.MaxPool(_x.Value, _window, _y.Value);

    /// <inheritdoc/>
    public override void Backward(Backend backend)
    {
        if (_x.HasGradient)
        {
            backend.MaxPoolBackward(_x.Value, _y.Gradient, _window, _x.Gradient);
        }
    }
}
