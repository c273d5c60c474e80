namespace DenseNetRaw.Autograd;

/// <summary>
/// Mean and variance of each channel over batch and plane, variables of their own so that every consumer of a feature
/// map shares them and autograd applies their part of the gradient once per channel (docs/shared-statistics.md).
/// </summary>
/// <param name="Mean">[1, C, 1, 1].</param>
/// <param name="Variance">Biased (divided by N·H·W), [1, C, 1, 1].</param>
public sealed record Statistics(Variable Mean, Variable Variance)
{
    /// <summary>The statistics of a run of channels.</summary>
    public Statistics Channels(int first, int count) =>
        new(Mean.Channels(first, count), Variance.Channels(first, count));
}
