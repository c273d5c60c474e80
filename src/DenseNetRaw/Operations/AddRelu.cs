using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Operations;

/// <summary>
/// y = max(0, a + b), element by element; a, b, y [N, C, H, W]: how a residual block ends. He et al. 2016,
/// arXiv:1512.03385, equation 1 and figure 2. The gradient finds the ReLU's mask in y.
/// </summary>
public sealed class AddRelu : Node
{
    private readonly Variable _a, _b, _y;

    private AddRelu(Variable a, Variable b, Variable y)
        : base([a, b], [y]) => (_a, _b, _y) = (a, b, y);

    /// <inheritdoc/>
    public override long OtherOperations => _y.Shape.Count;

    /// <summary>Records y = max(0, a + b), into <paramref name="y"/> if it is given, and returns y.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Variable Record(Tape tape, Variable a, Variable b, Variable? y = null)
    {
        Require(a.Shape == b.Shape, nameof(AddRelu), "a and b must have one shape", a, b);
        y ??= tape.NewVariable($"relu({a.Name} + {b.Name})", a.Shape);
        Require(y.Shape == a.Shape, nameof(AddRelu), "y must have a's shape", a, b, y);
        tape.Record(new AddRelu(a, b, y));
        return y;
    }

    /// <inheritdoc/>
    public override void Forward(Backend backend) => backend.AddRelu(_a.Value, _b.Value, _y.Value);

    /// <inheritdoc/>
    public override void Backward(Backend backend)
    {
        foreach (Variable term in new[] { _a, _b })
        {
            if (term.HasGradient)
            {
                backend.ReluBackward(_y.Value, _y.Gradient, term.Gradient);
            }
        }
    }
}
