using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Operations;

/// <summary>y = a · b, element by element; a, b, y [N, C, H, W].</summary>
public sealed class Multiply : Node
{
    private readonly Variable _a, _b, _y;

    private Multiply(Variable a, Variable b, Variable y)
        : base([a, b], [y]) => (_a, _b, _y) = (a, b, y);

    /// <summary>Records y = a · b, into <paramref name="y"/> if it is given, and returns y.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Variable Record(Tape tape, Variable a, Variable b, Variable? y = null)
    {
        Require(a.Shape == b.Shape, nameof(Multiply), "a and b must have one shape", a, b);
        y ??= tape.NewVariable($"({a.Name} · {b.Name})", a.Shape);
        Require(y.Shape == a.Shape, nameof(Multiply), "y must have a's shape", a, b, y);
        tape.Record(new Multiply(a, b, y));
        return y;
    }

    /// <inheritdoc/>
    public override void Forward(Backend backend) => backend.Multiply(_a.Value, _b.Value, _y.Value);

    /// <inheritdoc/>
    public override void Backward(Backend backend)
    {
        if (_a.HasGradient)
        {
            backend.MultiplyBackward(_y.Gradient, _b.Value, _a.Gradient);
        }

        if (_b.HasGradient)
        {
            backend.MultiplyBackward(_y.Gradient, _a.Value, _b.Gradient);
        }
    }
}
