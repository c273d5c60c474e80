namespace DenseNetRaw.Backends;

/// <summary>
/// What a device does at best, as a probe measured it: the roofline of Williams, Waterman and Patterson 2009,
/// doi:10.1145/1498765.1498785.
/// </summary>
/// <param name="GigaflopsPerSecond">Multiplications and additions, each counted, in 10^9 a second.</param>
/// <param name="GigabytesPerSecond">Bytes read from memory and written to it, in 10^9 a second.</param>
public sealed record DeviceLimits(double GigaflopsPerSecond, double GigabytesPerSecond)
{
    private const double PerMillisecond = 1e6;

    /// <summary>Of each of the two the better: a limit is what nothing disturbed.</summary>
    public DeviceLimits BetterOf(DeviceLimits other) => new(
        Math.Max(GigaflopsPerSecond, other.GigaflopsPerSecond), Math.Max(GigabytesPerSecond, other.GigabytesPerSecond));

    /// <summary>The least time for work whose operands all come from memory, in milliseconds.</summary>
    public double Milliseconds(double flops, double bytes) =>
        Math.Max(flops / GigaflopsPerSecond, bytes / GigabytesPerSecond) / PerMillisecond;
}
