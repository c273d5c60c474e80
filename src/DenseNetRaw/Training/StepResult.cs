namespace DenseNetRaw.Training;

/// <summary>What a step says of its batch.</summary>
/// <param name="Loss">Mean cross-entropy.</param>
/// <param name="Correct">Images classified correctly.</param>
/// <param name="Images">Images in the batch.</param>
/// <param name="GradientNorm">
/// Root of the summed squares of all parameters' gradients, weight decay not among them; 0 for an evaluation.
/// </param>
public readonly record struct StepResult(double Loss, int Correct, int Images, double GradientNorm = 0);
