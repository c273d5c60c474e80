using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Operations;

/// <summary>
/// The shortcut to a stage of smaller planes and more channels that has no parameters: y[n,c,h,w] =
/// x[n, c, h·stride, w·stride] for c below C, and 0 above. x [N, C, H, W]; y [N, K, ⌈H/stride⌉, ⌈W/stride⌉], K ≥ C.
/// He et al. 2016, arXiv:1512.03385, section 3.3, option A, with all zeros after the channels of x, as
/// fb.resnet.torch has it.
/// </summary>
public sealed class PaddedShortcut : Node
{
    private readonly Variable _x, _y;
    private readonly Window _window;

    private PaddedShortcut(Variable x, Window window, Variable y)
        : base([x], [y]) => (_x, _window, _y) = (x, window, y);

    private int Given => _x.Shape.C;

    /// <summary>Records the shortcut from x to so many channels, and returns it.</summary>
    /// <exception cref="ArgumentException">There are fewer channels than x has.</exception>
    public static Variable Record(Tape tape, Variable x, int channels, int stride)
    {
        Require(channels >= x.Shape.C, nameof(PaddedShortcut), $"x must have at most {channels} channels", x);
        Window window = new(1, 1, stride);
        Variable y = tape.NewVariable($"shortcut of {x.Name}", window.Over(x.Shape, channels));
        tape.Record(new PaddedShortcut(x, window, y));
        return y;
    }

    /// <inheritdoc/>
    public override void Forward(Backend backend)
    {
        // The mean of one element.
        backend.AveragePool(_x.Value, _window, _y.Value.Channels(0, Given));
        if (_y.Shape.C > Given)
        {
            backend.Fill(0, _y.Value.Channels(Given, _y.Shape.C - Given));
        }
    }

    /// <inheritdoc/>
    public override void Backward(Backend backend)
    {
        if (_x.HasGradient)
        {
            backend.AveragePoolBackward(_y.Gradient.Channels(0, Given), _window, _x.Gradient);
        }
    }
}
