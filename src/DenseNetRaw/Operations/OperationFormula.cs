namespace DenseNetRaw.Operations;

/// <summary>What an operation computes, as one reads it in a paper; extents are those of its own page.</summary>
/// <param name="Forward">Outputs from inputs.</param>
/// <param name="Backward">
/// What it adds to the gradients of its inputs, given those of its outputs: dx is the gradient of the loss in x.
/// </param>
public sealed record OperationFormula(string Forward, string Backward);
