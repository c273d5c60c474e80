using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Operations;

/// <summary>
/// y = s · x, and 0 where s = 0, whatever x is: x [N, C, H, W]; s one number [1, 1, 1, 1] without a gradient, such as
/// the gate of the branch that ends in x (<see cref="Tape.Gated"/>).
/// </summary>
public sealed class Scale : Node
{
    private readonly Variable _x, _s, _y;

    private Scale(Variable x, Variable s, Variable y)
        : base([x, s], [y]) => (_x, _s, _y) = (x, s, y);

    /// <summary>Records y = s · x and returns y.</summary>
    /// <exception cref="ArgumentException">s is no single number.</exception>
    public static Variable Record(Tape tape, Variable x, Variable s)
    {
        Require(s.Shape == Shape.Scalar, nameof(Scale), "s must be [1, 1, 1, 1]", x, s);
        Variable y = tape.NewVariable($"scaled {x.Name}", x.Shape);
        tape.Record(new Scale(x, s, y));
        return y;
    }

    /// <inheritdoc/>
    public override void Forward(Backend backend) => backend.Scale(_x.Value, _s.Value, _y.Value);

    /// <inheritdoc/>
    public override void Backward(Backend backend) =>
        backend.AccumulateScaled(_y.Gradient, _s.Value, _x.Gradient);
}
