using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Operations;

/// <summary>
/// y = x / (1 − rate) for the elements that stay, 0 for the others; each stays with probability 1 − rate.
/// x, y [N, C, H, W]. Srivastava et al. 2014, "Dropout", in the inverted form. The mask is a function of seed, step,
/// the layer's ordinal and the element's index, so backward and replay draw it again and nothing is stored.
/// </summary>
public sealed class Dropout : Node
{
    private readonly Variable _x, _y;
    private readonly double _rate;
    private readonly uint _ordinal;

    private Dropout(Variable x, double rate, uint ordinal, Variable y)
        : base([x], [y]) => (_x, _rate, _ordinal, _y) = (x, rate, ordinal, y);

    /// <summary>Records the dropping of x, into <paramref name="y"/> if it is given, and returns y.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">What is dropped from.</param>
    /// <param name="rate">Probability that an element is dropped, in [0, 1).</param>
    /// <param name="ordinal">Which of the model's dropout layers this is.</param>
    /// <param name="y">Receives the result.</param>
    /// <exception cref="ArgumentException">The shapes differ, or the rate is no probability below 1.</exception>
    public static Variable Record(Tape tape, Variable x, double rate, uint ordinal, Variable? y = null)
    {
        Require(rate is >= 0 and < 1, nameof(Dropout), $"the rate must be at least 0 and below 1, not {rate}", x);
        y ??= tape.NewVariable($"dropout of {x.Name}", x.Shape, x.Value.Storage.Role);
        Require(y.Shape == x.Shape, nameof(Dropout), "y must have x's shape", x, y);
        tape.Record(new Dropout(x, rate, ordinal, y));
        return y;
    }

    /// <inheritdoc/>
    public override void Forward(Backend backend) => backend.Dropout(_x.Value, _rate, _ordinal, _y.Value);

    /// <inheritdoc/>
    public override void Backward(Backend backend)
    {
        if (_x.HasGradient)
        {
            backend.DropoutBackward(_y.Gradient, _rate, _ordinal, _x.Gradient);
        }
    }
}
