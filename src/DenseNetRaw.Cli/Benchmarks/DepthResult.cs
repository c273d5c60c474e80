namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>Memory of a training step of one network under one strategy.</summary>
/// <param name="Model">The network.</param>
/// <param name="Depth">Its layers in all, L.</param>
/// <param name="BatchSize">Images in the step.</param>
/// <param name="Device">The backend that it is planned for.</param>
/// <param name="Threads">The threads that it is planned for, on which the workspace depends.</param>
/// <param name="Memory">The strategy.</param>
/// <param name="PeakBytes">Planned bytes of the arena.</param>
/// <param name="LowerBoundBytes">The largest sum of live bytes: no placement can need less.</param>
/// <param name="OutsideBytes">Parameters, their gradients, momentum and running statistics.</param>
/// <param name="Measured">What a played step took; null where none was asked for, or the machine has no room.</param>
internal sealed record DepthResult(
    string Model,
    int Depth,
    int BatchSize,
    string Device,
    int Threads,
    string Memory,
    long PeakBytes,
    long LowerBoundBytes,
    long OutsideBytes,
    MemoryMeasurement? Measured)
{
    /// <summary>Bytes of the arena and of what lies outside it.</summary>
    public long TotalBytes => PeakBytes + OutsideBytes;
}
