using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// With z = (x − mean) · scale + beta and g = dy where z &gt; 0, else 0: dx += scale · g, Σ g and Σ g · (x − mean).
/// Where no ReLU followed, g = dy everywhere.
/// </summary>
internal static unsafe class NormReluGradient
{
    /// <summary>Over <paramref name="count"/> elements of one channel.</summary>
    /// <param name="x">What was normalised.</param>
    /// <param name="dy">The gradient of the result.</param>
    /// <param name="count">How many elements.</param>
    /// <param name="norm">What the channel is normalised with.</param>
    /// <param name="rectifies">Whether a ReLU followed.</param>
    /// <param name="dx">Receives the gradient.</param>
    /// <param name="stores">Whether dx is stored rather than added to.</param>
    /// <param name="y">Receives max(0, z), which the forward pass computed; null for nobody.</param>
    /// <param name="sums">[2][lanes], added to: Σ g and Σ g · (x − mean).</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add<TLanes>(
        float* x, float* dy, int count, ChannelNorm norm, bool rectifies, float* dx, bool stores, float* y, float* sums)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes mean = TLanes.Broadcast(norm.Mean), scale = TLanes.Broadcast(norm.Scale);
        TLanes beta = TLanes.Broadcast(norm.Beta);
        TLanes sum = TLanes.Load(sums), centredSum = TLanes.Load(sums + TLanes.Count);
        int p = 0;
        for (; p <= count - TLanes.Count; p += TLanes.Count)
        {
            TLanes centred = TLanes.Load(x + p) - mean;
            TLanes z = TLanes.MultiplyAdd(centred, scale, beta), g = TLanes.Load(dy + p);
            g = rectifies ? TLanes.WherePositive(z, g) : g;
            if (y != null)
            {
                TLanes.Store(TLanes.Rectify(z), y + p);
            }

            sum += g;
            centredSum = TLanes.MultiplyAdd(g, centred, centredSum);
            TLanes.Store(stores ? g * scale : TLanes.MultiplyAdd(g, scale, TLanes.Load(dx + p)), dx + p);
        }

        if (p < count)
        {
            TLanes centred = TLanes.LoadFirst(x + p, count - p) - mean;
            TLanes z = TLanes.MultiplyAdd(centred, scale, beta);
            TLanes g = TLanes.LoadFirst(dy + p, count - p);
            g = rectifies ? TLanes.WherePositive(z, g) : g;
            if (y != null)
            {
                TLanes.StoreFirst(TLanes.Rectify(z), y + p, count - p);
            }

            sum += g;
            centredSum = TLanes.MultiplyAdd(g, centred, centredSum);
            TLanes old = stores ? default : TLanes.LoadFirst(dx + p, count - p);
            TLanes.StoreFirst(TLanes.MultiplyAdd(g, scale, old), dx + p, count - p);
        }

        TLanes.Store(sum, sums);
        TLanes.Store(centredSum, sums + TLanes.Count);
    }

    /// <summary>The sum of all lanes, in double.</summary>
    public static double Total<TLanes>(float* lanes)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        double sum = 0;
        for (int i = 0; i < TLanes.Count; i++)
        {
            sum += lanes[i];
        }

        return sum;
    }
}
