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
    private readonly Variable _x;
    private readonly Tensor[] _ys;

    private Imagewise(IImagewise forward, Variable x, Variable[] ys)
        : base([x], ys) => (_forward, _x, _ys) = (forward, x, [.. ys.Select(y => y.Value)]);

    /// <inheritdoc/>
    public override long MultiplyAdds => _forward.MultiplyAdds;

    /// <summary>
    /// Records the exits of a network in one node if the backend plays it image by image, else node by node.
    /// </summary>
    /// <param name="tape">A tape of evaluation.</param>
    /// <param name="backend">The backend that will play it.</param>
    /// <param name="forward">Records the network and returns its exits.</param>
    /// <param name="x">The batch.</param>
    public static IReadOnlyList<Exit> Record(
        Tape tape, Backend backend, Func<Tape, Variable, IReadOnlyList<Exit>> forward, Variable x)
    {
        Require(!tape.IsTraining, nameof(Imagewise), "images are apart in evaluation alone", x);
        IReadOnlyList<Exit> exits = [];
        IReadOnlyList<Variable> LogitsOf(Tape tape, Variable x)
        {
            exits = forward(tape, x);
            return [.. exits.Select(exit => exit.Logits)];
        }

        if (backend.PlanImagewise(LogitsOf, x.Shape) is not { } planned)
        {
            return forward(tape, x);
        }

        Variable[] ys = [.. planned.Outputs.Select((shape, i) => tape.NewVariable($"logits {i + 1}", shape))];
        tape.Record(new Imagewise(planned, x, ys));
        return [.. exits.Zip(ys, (exit, y) => exit with { Logits = y })];
    }

    /// <inheritdoc/>
    public override void Forward(Backend backend) => backend.Imagewise(_forward, _x.Value, _ys);

    /// <inheritdoc/>
    public override void Backward(Backend backend) =>
        throw new NotSupportedException("a network that is played image by image has no backward pass");
}
