using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Operations;

/// <summary>y[n,c,h,w] = x[n,c,h,w] + b[c]; x, y [N, C, H, W]; b [1, C, 1, 1].</summary>
public sealed class Bias : Node
{
    private readonly Variable _x, _b, _y;

    private Bias(Variable x, Variable b, Variable y)
        : base([x, b], [y]) => (_x, _b, _y) = (x, b, y);

    /// <inheritdoc/>
    public override long OtherOperations => _y.Shape.Count;

    /// <summary>Records y = x + b, into <paramref name="y"/> if it is given, and returns y.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Variable Record(Tape tape, Variable x, Variable b, Variable? y = null)
    {
        Require(b.Shape == Shape.Vector(x.Shape.C), nameof(Bias), $"b must be [1, {x.Shape.C}, 1, 1]", x, b);
        y ??= tape.NewVariable($"{x.Name} + bias", x.Shape);
        Require(y.Shape == x.Shape, nameof(Bias), "y must have x's shape", x, b, y);
        tape.Record(new Bias(x, b, y));
        return y;
    }

    /// <inheritdoc/>
    public override void Forward(Backend backend) => backend.Bias(_x.Value, _b.Value, _y.Value);

    /// <inheritdoc/>
    public override void Backward(Backend backend)
    {
        backend.BiasBackward(_y.Gradient, _b.Gradient);
        if (_x.HasGradient)
        {
            backend.Accumulate(_y.Gradient, _x.Gradient);
        }
    }
}
