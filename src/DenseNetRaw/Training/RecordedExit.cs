using DenseNetRaw.Autograd;

namespace DenseNetRaw.Training;

/// <summary>What one exit of a recorded step says; all of it is kept to the end of the step.</summary>
/// <param name="Logits">[N, classes, 1, 1].</param>
/// <param name="Loss">Mean cross-entropy over the batch, [1, 1, 1, 1].</param>
/// <param name="Correct">Images classified correctly, [1, 1, 1, 1].</param>
public sealed record RecordedExit(Variable Logits, Variable Loss, Variable Correct);
