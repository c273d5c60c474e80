using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Operations;

/// <summary>
/// y[n,c,h,w] = Σ over r,s of x[n, c, h·stride + r − padding, w·stride + s − padding] / (R·S), padding counting as
/// zeros. x [N, C, H, W]; y [N, C, H', W'].
/// </summary>
public sealed class AveragePool : Node
{
    private readonly Variable _x, _y;
    private readonly Window _window;

    private AveragePool(Variable x, Window window, Variable y)
        : base([x], [y]) => (_x, _window, _y) = (x, window, y);

    /// <inheritdoc/>
    public override long OtherOperations => _y.Shape.Count * _window.Height * _window.Width;

    /// <summary>Records the pooling of x, into <paramref name="y"/> if it is given, and returns y.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Variable Record(Tape tape, Variable x, Window window, Variable? y = null)
    {
        y = CheckedOutput(nameof(AveragePool), tape, x, window, y, $"average pool of {x.Name}");
        tape.Record(new AveragePool(x, window, y));
        return y;
    }

    /// <summary>
    /// Records the mean of each plane, [N, C, 1, 1]: global average pooling. Lin et al. 2013, arXiv:1312.4400.
    /// </summary>
    public static Variable RecordGlobal(Tape tape, Variable x) => Record(tape, x, new Window(x.Shape.H, x.Shape.W));

    /// <inheritdoc/>
    public override void Forward(Backend backend) => backend.AveragePool(_x.Value, _window, _y.Value);

    /// <inheritdoc/>
    public override void Backward(Backend backend)
    {
        if (_x.HasGradient)
        {
            backend.AveragePoolBackward(_y.Gradient, _window, _x.Gradient);
        }
    }

    /// <summary>A variable for the pooling of x, or the one that is given if it has the right shape.</summary>
    internal static Variable CheckedOutput(
        string operation, Tape tape, Variable x, Window window, Variable? y, string name)
    {
        Require(window.Fits(x.Shape), operation, $"{window} must fit into x", x);
        Shape shape = window.Over(x.Shape, x.Shape.C);
        y ??= tape.NewVariable(name, shape);
        Require(y.Shape == shape, operation, $"y must be {shape}", x, y);
        return y;
    }
}
