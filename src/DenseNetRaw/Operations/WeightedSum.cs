using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Operations;

/// <summary>
/// y = Σ over i of weight[i] · x[i], all of one shape: the loss of several exits. Lee et al. 2015, arXiv:1409.5185,
/// equation 3; Huang et al. 2018, arXiv:1703.09844, section 4.
/// </summary>
public sealed class WeightedSum : Node
{
    private readonly Variable[] _x;
    private readonly Tensor[] _weights;
    private readonly double[] _values;
    private readonly Variable _y;

    private WeightedSum(Variable[] x, double[] values, Tensor weights, Variable y)
        : base(x, [y])
    {
        (_x, _values, _y) = (x, values, y);
        _weights = [.. Enumerable.Range(0, x.Length).Select(i => weights.Channels(i, 1))];
    }

    /// <summary>Records the sum and returns it; a single x of weight 1 is its own sum.</summary>
    /// <exception cref="ArgumentException">
    /// There is no x, the numbers of x and of weights differ, or the shapes do.
    /// </exception>
    public static Variable Record(Tape tape, IReadOnlyList<Variable> x, IReadOnlyList<double> weights)
    {
        if (x.Count == 0 || x.Count != weights.Count)
        {
            throw new ArgumentException(
                $"{nameof(WeightedSum)}: expected as many weights as variables, found {weights.Count} and {x.Count}");
        }

        Require(
            x.All(term => term.Shape == x[0].Shape), nameof(WeightedSum), "all must have one shape", [.. x]);
        if (x.Count == 1 && weights[0] == 1)
        {
            return x[0];
        }

        Variable y = tape.NewVariable("weighted sum", x[0].Shape, x[0].Value.Storage.Role);
        Storage vector = new("weights of the sum", Shape.Vector(x.Count), StorageRole.ChannelVector) { IsKept = true };
        tape.Record(new WeightedSum([.. x], [.. weights], Tensor.Of(vector), y));
        return y;
    }

    /// <inheritdoc/>
    public override void Forward(Backend backend)
    {
        for (int i = 0; i < _x.Length; i++)
        {
            backend.Fill(_values[i], _weights[i]);
        }

        backend.Scale(_x[0].Value, _weights[0], _y.Value);
        for (int i = 1; i < _x.Length; i++)
        {
            backend.AccumulateScaled(_x[i].Value, _weights[i], _y.Value);
        }
    }

    /// <inheritdoc/>
    public override void Backward(Backend backend)
    {
        for (int i = 0; i < _x.Length; i++)
        {
            if (_x[i].HasGradient)
            {
                backend.AccumulateScaled(_y.Gradient, _weights[i], _x[i].Gradient);
            }
        }
    }
}
