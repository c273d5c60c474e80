using DenseNetRaw.Autograd;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Verification;

/// <summary>A small case of an operation, written once for gradient checks and for comparisons of backends.</summary>
/// <param name="Name">The operation and what is odd about the case.</param>
/// <param name="Record">Records it on a graph and returns what it computes.</param>
public sealed record OperationCase(string Name, Func<SampleGraph, Variable> Record)
{
    /// <summary>
    /// Records the case, and the product of what it computes with fixed random numbers: the sum of that product, which
    /// is what a plan differentiates, is a linear functional that weighs every element differently.
    /// </summary>
    public Variable RecordLoss(SampleGraph graph)
    {
        Variable y = Record(graph);
        return Multiply.Record(graph.Tape, y, graph.Constant("weights of the sum", y.Shape));
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
