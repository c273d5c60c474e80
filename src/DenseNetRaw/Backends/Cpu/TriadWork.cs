using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// y = a + s · b over long arrays, the memory limit as STREAM measures it (McCalpin 1995), with stores that pass by the
/// caches: else every line of y would be read first. One item is a run of elements.
/// </summary>
/// <param name="a">The first array, at a multiple of 64 bytes as the others.</param>
/// <param name="b">The second.</param>
/// <param name="y">The result.</param>
internal readonly unsafe struct TriadWork(float* a, float* b, float* y) : IWork
{
    /// <summary>Bytes of one item in each array.</summary>
    public const long BytesOfItem = 256 << 10;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        const int Count = (int)(BytesOfItem / sizeof(float));
        long first = (long)item * Count;
        Vector256<float> s = Vector256.Create(0.5f);
        for (long i = first; i < first + Count; i += Vector256<float>.Count)
            (Vector256.Load(a + i) + (s * Vector256.Load(b + i))).StoreAlignedNonTemporal(y + i);
    }
}
