using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.RandomNumbers;

namespace DenseNetRaw.Operations;

/// <summary>
/// gates[l], l = 0 … L − 1: in training 1 with the probability that block l survives, else 0, drawn anew in every step;
/// in evaluation that probability. It falls linearly, p(l) = 1 − (l + 1) / L · (1 − p(L − 1)). Huang et al. 2016,
/// arXiv:1603.09382, equations 4 and 5. Drawn as a function of seed, step and l, on the device that plays the step.
/// </summary>
public sealed class SurvivalGates : Node
{
    /// <summary>The stream of random numbers that gates are drawn from: no dropout layer's ordinal.</summary>
    public const uint Stream = RandomStreams.SurvivalGates;

    private readonly double _last;
    private readonly bool _draws;
    private readonly Variable _gates;

    private SurvivalGates(double last, bool draws, Variable gates)
        : base([], [gates]) => (_last, _draws, _gates) = (last, draws, gates);

    /// <summary>Records the gates [1, L, 1, 1], kept to the end of the step, and returns them.</summary>
    /// <param name="tape">Of training or evaluation.</param>
    /// <param name="count">L, how many there are.</param>
    /// <param name="last">The last one's probability.</param>
    public static Variable Record(Tape tape, int count, double last)
    {
        Storage storage = new("gates", Shape.Vector(count), StorageRole.ChannelVector) { IsKept = true };
        Variable gates = new(Tensor.Of(storage), null);
        tape.Record(new SurvivalGates(last, tape.IsTraining, gates));
        return gates;
    }

    /// <summary>The probability that block l of so many survives.</summary>
    /// <param name="l">From 0.</param>
    /// <param name="count">L.</param>
    /// <param name="last">The last one's.</param>
    public static double Probability(int l, int count, double last) => 1 - ((l + 1.0) / count * (1 - last));

    /// <summary>Whether block l of so many survives a step.</summary>
    /// <param name="step">The step, and the seed.</param>
    /// <param name="l">From 0.</param>
    /// <param name="count">L.</param>
    /// <param name="last">The last one's probability.</param>
    public static bool IsOpen(StepState step, int l, int count, double last)
    {
        (uint word, _, _, _) = Philox.Draw(step.Seed, (ulong)l, Stream, step.Number);
        return Philox.ToUnit(word) < Probability(l, count, last);
    }

    /// <inheritdoc/>
    public override void Forward(Backend backend)
    {
        if (_draws)
        {
            backend.DrawGates(_last, _gates.Value);
            return;
        }

        for (int l = 0; l < _gates.Shape.C; l++)
        {
            backend.Fill(Probability(l, _gates.Shape.C, _last), _gates.Value.Channels(l, 1));
        }
    }

    /// <inheritdoc/>
    public override void Backward(Backend backend)
    {
    }
}
