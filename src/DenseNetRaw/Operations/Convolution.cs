using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Operations;

/// <summary>
/// Cross-correlation, which this field calls convolution:
/// y[n,k,h,w] = Σ over c,r,s of x[n, c, h·stride + r − padding, w·stride + s − padding] · w[k,c,r,s].
/// x [N, C, H, W]; w [K, C, R, S]; y [N, K, H', W']. LeCun et al. 1989, "Backpropagation applied to handwritten zip
/// code recognition".
/// </summary>
public sealed class Convolution : Node
{
    private readonly Variable _x, _w, _y;
    private readonly Window _window;

    private Convolution(Variable x, Variable w, Window window, Variable y)
        : base([x, w], [y]) => (_x, _w, _window, _y) = (x, w, window, y);

    /// <inheritdoc/>
    public override long MultiplyAdds => CountMultiplyAdds(_w.Shape, _y.Shape);

    /// <summary>Records y = x ∗ w, into <paramref name="y"/> if it is given, and returns y.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Variable Record(
        Tape tape, Variable x, Variable w, int stride = 1, int padding = 0, Variable? y = null)
    {
        Window window = CheckedWindow(nameof(Convolution), x, w, stride, padding, y);
        y ??= NewOutput(tape, x, w, window);
        tape.Record(new Convolution(x, w, window, y));
        return y;
    }

    /// <inheritdoc/>
    public override void Prepare(Backend backend) => backend.Prepare(_x.Value, null, _w.Value, _window, _y.Value);

    /// <inheritdoc/>
    public override void Forward(Backend backend) => backend.Convolution(_x.Value, _w.Value, _window, _y.Value);

    /// <inheritdoc/>
    public override void Backward(Backend backend)
    {
        backend.ConvolutionBackwardWeights(_x.Value, _y.Gradient, _window, _w.Gradient);
        if (_x.HasGradient)
        {
            backend.ConvolutionBackwardData(_y.Gradient, _w.Value, _window, _x.Gradient);
        }
    }

    internal static long CountMultiplyAdds(Shape w, Shape y) => y.Count * w.C * w.Plane;

    internal static Variable NewOutput(Tape tape, Variable x, Variable w, Window window) =>
        tape.NewVariable(w.Name.Replace(".weight", null, StringComparison.Ordinal), window.Over(x.Shape, w.Shape.N));

    internal static Window CheckedWindow(string operation, Variable x, Variable w, int stride, int padding, Variable? y)
    {
        Window window = new(w.Shape.H, w.Shape.W, stride, padding);
        Require(x.Shape.C == w.Shape.C, operation, "x and w must agree in C", x, w);
        Require(
            window.Fits(x.Shape), operation, $"w's window must fit into x with stride {stride} and padding {padding}",
            x, w);
        Shape expected = window.Over(x.Shape, w.Shape.N);
        Require(y is null || y.Shape == expected, operation, $"y must be {expected}", x, w, y ?? x);
        return window;
    }
}
