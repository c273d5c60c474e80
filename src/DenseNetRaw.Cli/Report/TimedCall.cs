namespace DenseNetRaw.Cli.Report;

/// <summary>A call of a step and how long it took.</summary>
/// <param name="Operation">The backend's method.</param>
/// <param name="Phase">forward, replay, backward or optimiser.</param>
/// <param name="Output">What it writes first, by name.</param>
/// <param name="Shape">[N, C, H, W] of that.</param>
/// <param name="Milliseconds">Median of the rounds.</param>
/// <param name="MultiplyAdds">Of convolutions; 0 for all else.</param>
/// <param name="BytesMoved">Bytes of the tensors that it touches.</param>
internal sealed record TimedCall(
    string Operation, string Phase, string Output, IReadOnlyList<int> Shape, double Milliseconds, long MultiplyAdds,
    long BytesMoved)
{
    /// <summary>Multiplications and additions in 10^9 a second.</summary>
    public double GigaflopsPerSecond => Milliseconds > 0 ? 2e-6 * MultiplyAdds / Milliseconds : 0;
}
