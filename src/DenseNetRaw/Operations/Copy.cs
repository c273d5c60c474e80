using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Operations;

/// <summary>y = x, both [N, C, H, W]: how the strategies that concatenate do it, one copy a part.</summary>
public sealed class Copy : Node
{
    private readonly Variable _x, _y;

    private Copy(Variable x, Variable y)
        : base([x], [y]) => (_x, _y) = (x, y);

    /// <summary>Records y = x and returns y.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Variable Record(Tape tape, Variable x, Variable y)
    {
        Require(x.Shape == y.Shape, nameof(Copy), "y must have x's shape", x, y);
        tape.Record(new Copy(x, y));
        return y;
    }

    /// <inheritdoc/>
    public override void Forward(Backend backend) => backend.Copy(_x.Value, _y.Value);

    /// <inheritdoc/>
    public override void Backward(Backend backend)
    {
        if (_x.HasGradient)
        {
            backend.Accumulate(_y.Gradient, _x.Gradient);
        }
    }
}
