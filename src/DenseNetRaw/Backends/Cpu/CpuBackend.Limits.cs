namespace DenseNetRaw.Backends.Cpu;

/// <content>What the processor does at best, on the backend's own threads and vectors.</content>
public unsafe partial class CpuBackend
{
    /// <summary>Of one of the triad's three arrays; together they are larger than caches.</summary>
    private const long TriadBytes = 64 << 20;

    private const int Passes = 30;
    private const int ItemsOfAThread = 64;

    /// <summary>
    /// Chains of multiply-adds in registers for the one limit, a triad of large arrays for the other.
    /// </summary>
    /// <inheritdoc/>
    public override DeviceLimits MeasureLimits() => new(PeakGigaflops(), PeakGigabytes());

    private double PeakGigaflops()
    {
        FmaChainsWork work = new();
        int items = ItemsOfAThread * Threads;
        return 2e-6 * items * FmaChainsWork.MultiplyAddsOf(Lanes) / BestMilliseconds(() => Run(work, items));
    }

    private double PeakGigabytes()
    {
        using HostMemory a = new(TriadBytes), b = new(TriadBytes), c = new(TriadBytes);
        TriadWork work = new((float*)a.Address, (float*)b.Address, (float*)c.Address);
        int items = (int)(TriadBytes / TriadWork.BytesOfItem);
        return 3e-6 * TriadBytes / BestMilliseconds(() => Run(work, items));
    }

    /// <summary>The shortest of several passes: a limit is what nothing disturbed.</summary>
    private double BestMilliseconds(Action pass) =>
        Enumerable.Range(0, Passes).Min(_ => MillisecondsOf(pass));
}
