using DenseNetRaw.Autograd;

namespace DenseNetRaw.Models;

/// <summary>Where a network answers: its end, a classifier before it, or a head that only training has.</summary>
/// <param name="Logits">[N, classes, 1, 1].</param>
/// <param name="Weight">How much of its cross-entropy goes into the loss that is minimised.</param>
public readonly record struct Exit(Variable Logits, double Weight = 1);
