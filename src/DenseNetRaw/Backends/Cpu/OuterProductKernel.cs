using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// The matrix product behind a weight gradient of many rows: dw[j, k] += Σ over pixels p of b[j, p] · dy[p, k], for up
/// to eight taps j and three vectors of rows k. With dy transposed, rows lie in the lanes and b is broadcast, so
/// nothing is summed across lanes, and runs of pixels can be as short as the first-level cache likes.
/// </summary>
/// <remarks>
/// A pixel is 24 multiply-adds to 11 loads, in 28 of the 32 registers of AVX-512. Processors with 16 use four taps.
/// </remarks>
internal static unsafe class OuterProductKernel
{
    /// <summary>Adds a run of pixels.</summary>
    /// <param name="dy">The first pixel, [p][k].</param>
    /// <param name="stride">Elements from one pixel of dy to the next.</param>
    /// <param name="b">The first pixel of the packed input, where tap offsets count from.</param>
    /// <param name="offsets">Where the taps begin.</param>
    /// <param name="count">How many pixels.</param>
    /// <param name="sums">[tap][k].</param>
    /// <param name="sumStride">Elements from one tap of the sums to the next.</param>
    /// <param name="adds">Whether sums are added to rather than overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add<TLanes, TTaps, TVectors>(
        float* dy, nint stride, float* b, int* offsets, int count, float* sums, nint sumStride, bool adds)
        where TLanes : unmanaged, ILanes<TLanes>
        where TTaps : struct, IPanelHeight
        where TVectors : struct, IPanelHeight
    {
        TLanes c00 = default, c01 = default, c02 = default;
        TLanes c10 = default, c11 = default, c12 = default;
        TLanes c20 = default, c21 = default, c22 = default;
        TLanes c30 = default, c31 = default, c32 = default;
        TLanes c40 = default, c41 = default, c42 = default;
        TLanes c50 = default, c51 = default, c52 = default;
        TLanes c60 = default, c61 = default, c62 = default;
        TLanes c70 = default, c71 = default, c72 = default;
        float* b0 = b + offsets[0], b1 = b + offsets[1], b2 = b + offsets[2], b3 = b + offsets[3];
        float* b4 = null, b5 = null, b6 = null, b7 = null;
        if (TTaps.Rows > 4)
        {
            b4 = b + offsets[4];
            b5 = b + offsets[5];
            b6 = b + offsets[6];
            b7 = b + offsets[7];
        }

        for (int p = 0; p < count; p++, dy += stride)
        {
            TLanes d0 = TLanes.Load(dy), d1 = TLanes.Load(dy + TLanes.Count);
            TLanes d2 = TVectors.Rows > 2 ? TLanes.Load(dy + (2 * TLanes.Count)) : default;
            TLanes v = TLanes.Broadcast(b0[p]);
            c00 = TLanes.MultiplyAdd(v, d0, c00);
            c01 = TLanes.MultiplyAdd(v, d1, c01);
            c02 = TVectors.Rows > 2 ? TLanes.MultiplyAdd(v, d2, c02) : c02;
            v = TLanes.Broadcast(b1[p]);
            c10 = TLanes.MultiplyAdd(v, d0, c10);
            c11 = TLanes.MultiplyAdd(v, d1, c11);
            c12 = TVectors.Rows > 2 ? TLanes.MultiplyAdd(v, d2, c12) : c12;
            v = TLanes.Broadcast(b2[p]);
            c20 = TLanes.MultiplyAdd(v, d0, c20);
            c21 = TLanes.MultiplyAdd(v, d1, c21);
            c22 = TVectors.Rows > 2 ? TLanes.MultiplyAdd(v, d2, c22) : c22;
            v = TLanes.Broadcast(b3[p]);
            c30 = TLanes.MultiplyAdd(v, d0, c30);
            c31 = TLanes.MultiplyAdd(v, d1, c31);
            c32 = TVectors.Rows > 2 ? TLanes.MultiplyAdd(v, d2, c32) : c32;
            if (TTaps.Rows > 4)
            {
                v = TLanes.Broadcast(b4[p]);
                c40 = TLanes.MultiplyAdd(v, d0, c40);
                c41 = TLanes.MultiplyAdd(v, d1, c41);
                c42 = TVectors.Rows > 2 ? TLanes.MultiplyAdd(v, d2, c42) : c42;
                v = TLanes.Broadcast(b5[p]);
                c50 = TLanes.MultiplyAdd(v, d0, c50);
                c51 = TLanes.MultiplyAdd(v, d1, c51);
                c52 = TVectors.Rows > 2 ? TLanes.MultiplyAdd(v, d2, c52) : c52;
                v = TLanes.Broadcast(b6[p]);
                c60 = TLanes.MultiplyAdd(v, d0, c60);
                c61 = TLanes.MultiplyAdd(v, d1, c61);
                c62 = TVectors.Rows > 2 ? TLanes.MultiplyAdd(v, d2, c62) : c62;
                v = TLanes.Broadcast(b7[p]);
                c70 = TLanes.MultiplyAdd(v, d0, c70);
                c71 = TLanes.MultiplyAdd(v, d1, c71);
                c72 = TVectors.Rows > 2 ? TLanes.MultiplyAdd(v, d2, c72) : c72;
            }
        }

        Add<TLanes, TVectors>(sums, c00, c01, c02, adds);
        Add<TLanes, TVectors>(sums + sumStride, c10, c11, c12, adds);
        Add<TLanes, TVectors>(sums + (2 * sumStride), c20, c21, c22, adds);
        Add<TLanes, TVectors>(sums + (3 * sumStride), c30, c31, c32, adds);
        if (TTaps.Rows > 4)
        {
            Add<TLanes, TVectors>(sums + (4 * sumStride), c40, c41, c42, adds);
            Add<TLanes, TVectors>(sums + (5 * sumStride), c50, c51, c52, adds);
            Add<TLanes, TVectors>(sums + (6 * sumStride), c60, c61, c62, adds);
            Add<TLanes, TVectors>(sums + (7 * sumStride), c70, c71, c72, adds);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TLanes, TVectors>(float* to, TLanes c0, TLanes c1, TLanes c2, bool adds)
        where TLanes : unmanaged, ILanes<TLanes>
        where TVectors : struct, IPanelHeight
    {
        if (adds)
        {
            c0 += TLanes.Load(to);
            c1 += TLanes.Load(to + TLanes.Count);
            c2 = TVectors.Rows > 2 ? c2 + TLanes.Load(to + (2 * TLanes.Count)) : c2;
        }

        TLanes.Store(c0, to);
        TLanes.Store(c1, to + TLanes.Count);
        if (TVectors.Rows > 2)
        {
            TLanes.Store(c2, to + (2 * TLanes.Count));
        }
    }
}
