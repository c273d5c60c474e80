using DenseNetRaw.Autograd;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Modules;

/// <summary>Dropout in training; nothing in evaluation.</summary>
/// <param name="rate">Probability that an element is dropped.</param>
/// <param name="ordinal">Which of the model's dropout layers this is.</param>
public sealed class DropoutLayer(double rate, uint ordinal) : Module
{
    /// <inheritdoc/>
    public override Variable Forward(Tape tape, Variable x) => tape.IsTraining ? Forward(tape, x, null) : x;

    /// <summary>Records dropout, into <paramref name="y"/> if it is given.</summary>
    public Variable Forward(Tape tape, Variable x, Variable? y) => Dropout.Record(tape, x, rate, ordinal, y);
}
