using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// Multiply-adds in registers alone, in as many independent chains as keep two units of four cycles' latency busy: the
/// arithmetic limit of a core.
/// </summary>
internal readonly struct FmaChainsWork : IWork
{
    private const int Chains = 12;
    private const int Rounds = 20_000;

    /// <summary>Multiply-adds of one item.</summary>
    public static long MultiplyAddsOf(int lanes) => (long)Chains * Rounds * lanes;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes x = TLanes.Broadcast(0.5f), y = TLanes.Broadcast(item);
        TLanes a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (int round = 0; round < Rounds; round++)
        {
            a = TLanes.MultiplyAdd(a, x, y);
            b = TLanes.MultiplyAdd(b, x, y);
            c = TLanes.MultiplyAdd(c, x, y);
            d = TLanes.MultiplyAdd(d, x, y);
            e = TLanes.MultiplyAdd(e, x, y);
            f = TLanes.MultiplyAdd(f, x, y);
            g = TLanes.MultiplyAdd(g, x, y);
            h = TLanes.MultiplyAdd(h, x, y);
            i = TLanes.MultiplyAdd(i, x, y);
            j = TLanes.MultiplyAdd(j, x, y);
            k = TLanes.MultiplyAdd(k, x, y);
            l = TLanes.MultiplyAdd(l, x, y);
        }

        Keep(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    /// <summary>Takes the sum, so that the compiler cannot leave the chains out.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Keep<TLanes>(TLanes sum)
        where TLanes : unmanaged, ILanes<TLanes> => _ = TLanes.Fold(sum);
}
