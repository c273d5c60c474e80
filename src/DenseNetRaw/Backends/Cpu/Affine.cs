using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// (x − mean) · scale + beta over a run of one channel: norm-relu, bias and the statistics' gradient.
/// </summary>
internal static unsafe class Affine
{
    /// <summary>How far ahead of the normalised pixels memory is asked for: planes follow each other.</summary>
    private const int Ahead = 512;

    /// <summary>y = max(0, (x − mean) · scale + beta).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void NormRelu<TLanes>(float* x, int count, ChannelNorm norm, float* y)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes mean = TLanes.Broadcast(norm.Mean), scale = TLanes.Broadcast(norm.Scale);
        TLanes beta = TLanes.Broadcast(norm.Beta);
        int p = 0;
        for (; p <= count - TLanes.Count; p += TLanes.Count)
        {
            CacheLine.Fetch(x + p + Ahead);
            TLanes.Store(TLanes.Rectify(TLanes.MultiplyAdd(TLanes.Load(x + p) - mean, scale, beta)), y + p);
        }

        if (p < count)
        {
            TLanes last = TLanes.LoadFirst(x + p, count - p);
            TLanes.StoreFirst(TLanes.Rectify(TLanes.MultiplyAdd(last - mean, scale, beta)), y + p, count - p);
        }
    }

    /// <summary>y = or += (x − mean) · scale + beta.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply<TLanes>(float* x, int count, ChannelNorm norm, float* y, bool adds)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes mean = TLanes.Broadcast(norm.Mean), scale = TLanes.Broadcast(norm.Scale);
        TLanes beta = TLanes.Broadcast(norm.Beta);
        int p = 0;
        for (; p <= count - TLanes.Count; p += TLanes.Count)
        {
            TLanes value = TLanes.MultiplyAdd(TLanes.Load(x + p) - mean, scale, beta);
            TLanes.Store(adds ? TLanes.Load(y + p) + value : value, y + p);
        }

        if (p < count)
        {
            TLanes value = TLanes.MultiplyAdd(TLanes.LoadFirst(x + p, count - p) - mean, scale, beta);
            value = adds ? TLanes.LoadFirst(y + p, count - p) + value : value;
            TLanes.StoreFirst(value, y + p, count - p);
        }
    }
}
