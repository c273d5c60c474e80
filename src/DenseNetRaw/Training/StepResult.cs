namespace DenseNetRaw.Training;

/// <summary>What a step says of its batch.</summary>
/// <param name="Loss">Mean cross-entropy.</param>
/// <param name="Correct">Images classified correctly.</param>
/// <param name="Images">Images in the batch.</param>
public readonly record struct StepResult(double Loss, int Correct, int Images);
