namespace DenseNetRaw.Training;

/// <summary>What a session's memory was planned to be.</summary>
/// <param name="Strategy">The memory strategy's name.</param>
/// <param name="BudgetBytes">Bytes that arena and state may take together; null for what the device can give.</param>
/// <param name="PeakBytes">The arena: the planned peak of every step.</param>
/// <param name="StateBytes">What outlives a step: parameters, gradients, momentum, running statistics.</param>
/// <param name="Kept">
/// Names of the values that are kept of those that could be computed again, where the strategy chose them; else null.
/// </param>
/// <param name="RecomputedValues">How many values that the backward pass reads are computed again for it.</param>
/// <param name="AutoBytes">
/// The bytes that the strategy chose within, where it chose: the budget, or nine tenths of what the device can give.
/// </param>
public sealed record PlannedMemory(
    string Strategy, long? BudgetBytes, long PeakBytes, long StateBytes, IReadOnlyList<string>? Kept,
    int RecomputedValues, long? AutoBytes = null)
{
    /// <summary>Bytes of the arena and of what outlives a step.</summary>
    public long TotalBytes => PeakBytes + StateBytes;
}
