using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>y = value, or y += value.</summary>
/// <param name="y">The output.</param>
/// <param name="adds">Whether the values are added.</param>
internal readonly unsafe struct OutputEpilogue(Planes y, bool adds) : IEpilogue
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Take<TLanes>(int row, int image, int pixel, int count, int place, float* values)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* to = y.Plane(image, row) + pixel;
        int p = 0;
        for (; p <= count - TLanes.Count; p += TLanes.Count)
        {
            TLanes value = TLanes.Load(values + p);
            TLanes.Store(adds ? TLanes.Load(to + p) + value : value, to + p);
        }

        if (p < count)
        {
            TLanes value = TLanes.LoadFirst(values + p, count - p);
            value = adds ? TLanes.LoadFirst(to + p, count - p) + value : value;
            TLanes.StoreFirst(value, to + p, count - p);
        }
    }

    /// <inheritdoc/>
    public void EndChunk<TLanes>(int first, int count)
        where TLanes : unmanaged, ILanes<TLanes>
    {
    }

    /// <inheritdoc/>
    public void Announce(int row, int rows, int image, int pixel, int count) =>
        y.Fetch(image, row, rows, pixel, count);
}
