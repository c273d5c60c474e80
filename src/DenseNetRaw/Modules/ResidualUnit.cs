using DenseNetRaw.Autograd;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Modules;

/// <summary>
/// One unit of a residual network: a branch of convolutions, and a shortcut that its result is added to. With a gate
/// the branch counts as the gate says: not at all in the training steps in which it is closed, scaled by the
/// probability of survival in evaluation. He et al. 2016, arXiv:1512.03385; Huang et al. 2016, arXiv:1603.09382,
/// equations 2 and 5.
/// </summary>
public abstract class ResidualUnit : Module
{
    /// <summary>The norms of the branch, which a closed gate leaves out.</summary>
    public virtual IEnumerable<NormLayer> BranchNorms => NormLayers;

    /// <inheritdoc/>
    public override Variable Forward(Tape tape, Variable x) => Forward(tape, x, null);

    /// <summary>Records the unit and returns its output.</summary>
    /// <param name="tape">Of training or evaluation.</param>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="gate">Of the branch, [1, 1, 1, 1]; null where it always counts.</param>
    public abstract Variable Forward(Tape tape, Variable x, Variable? gate);

    /// <summary>Records a branch behind its gate, if it has one.</summary>
    protected static Variable Gated(Tape tape, Variable? gate, Func<Variable> branch)
    {
        if (gate is null)
        {
            return branch();
        }

        // In evaluation the gate is a probability, and nothing is left out.
        return Scale.Record(tape, tape.IsTraining ? tape.Gated(gate, branch) : branch(), gate);
    }
}
