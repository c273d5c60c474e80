using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;

namespace DenseNetRaw.Evaluation;

/// <summary>What an image costs that leaves at each exit.</summary>
public static class ExitCosts
{
    /// <summary>
    /// Multiply-adds of all that is recorded before each exit's logits, an image; counted as
    /// <see cref="ModelDescription"/> does.
    /// </summary>
    public static IReadOnlyList<long> MultiplyAdds(Model model)
    {
        Tape tape = new(MemoryStrategy.Slab, isTraining: false) { PoolsFirst = false };
        IReadOnlyList<Exit> exits = model.Exits(tape, tape.NewInput("images", model.InputShape(1)));
        return
        [
            .. exits.Select(exit => tape.Nodes.Take(tape.NodesTo(exit.Logits)).Sum(node => node.MultiplyAdds)),
        ];
    }
}
