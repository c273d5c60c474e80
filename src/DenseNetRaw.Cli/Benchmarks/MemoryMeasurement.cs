namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>What training steps took in a process of their own.</summary>
/// <param name="ArenaBytes">Bytes allocated for the arena.</param>
/// <param name="OutsideBytes">Bytes allocated for parameters, their gradients, momentum and running statistics.</param>
/// <param name="HeldBytes">
/// Resident memory of the process when all was planned and nothing allocated: runtime, code, recorded step.
/// </param>
/// <param name="ProcessPeakBytes">The most memory that the process has had resident, after its last step.</param>
internal sealed record MemoryMeasurement(long ArenaBytes, long OutsideBytes, long HeldBytes, long ProcessPeakBytes)
{
    /// <summary>
    /// What the arena made the process grow by: its peak less what it held before the arena was bound.
    /// </summary>
    public long ResidentBytes => ProcessPeakBytes - HeldBytes - OutsideBytes;
}
