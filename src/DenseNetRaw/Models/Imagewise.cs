using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Models;

/// <summary>
/// The forward pass of a whole network as one node, for a backend that plays it image by image. It has no backward
/// pass: batch statistics would join the images.
/// </summary>
public sealed class Imagewise : Node
{
    private readonly IImagewise _forward;
    private readonly Variable _x, _y;

    private Imagewise(IImagewise forward, Variable x, Variable y)
        : base([x], [y]) => (_forward, _x, _y) = (forward, x, y);

    /// <inheritdoc/>
    public override long MultiplyAdds => _forward.MultiplyAdds;

    /// <summary>Records y = forward(x) in one node if the backend plays it image by image, else node by node.</summary>
    /// <param name="tape">A tape of evaluation.</param>
    /// <param name="backend">The backend that will play it.</param>
    /// <param name="forward">Records the network and returns its output.</param>
    /// <param name="x">The batch.</param>
    public static Variable Record(Tape tape, Backend backend, Func<Tape, Variable, Variable> forward, Variable x)
    {
        Require(!tape.IsTraining, nameof(Imagewise), "images are apart in evaluation alone", x);
        if (backend.PlanImagewise(forward, x.Shape) is not { } planned)
        {
            return forward(tape, x);
        }

        Variable y = tape.NewVariable("logits", planned.Output);
        tape.Record(new Imagewise(planned, x, y));
        return y;
    }

    /// <inheritdoc/>
    public override void Forward(Backend backend) => backend.Imagewise(_forward, _x.Value, _y.Value);

    /// <inheritdoc/>
    public override void Backward(Backend backend) =>
        throw new NotSupportedException("a network that is played image by image has no backward pass");
}
