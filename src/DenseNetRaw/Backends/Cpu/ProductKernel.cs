using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// The matrix product behind every convolution: c[i, p] = Σ over j of a[i, j] · b[j, p], for a panel of up to twelve
/// rows i and a strip of two vectors of pixels p, all held in registers while j runs over the taps (channel, r, s).
/// a lies as [j][row]; row j of b begins at its own offset, so a shifted window costs nothing but an offset.
/// Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication", with pixels in the lanes.
/// </summary>
/// <remarks>
/// Twelve rows times two vectors are 24 accumulators; with two vectors of b and one broadcast they fill 27 of the 32
/// registers of AVX-512. Processors with 16 registers use six rows. A tap is 24 multiply-adds to 14 loads.
/// </remarks>
internal static unsafe class ProductKernel
{
    /// <summary>Computes one panel of rows over one strip of pixels.</summary>
    /// <param name="a">[taps][Rows].</param>
    /// <param name="b">The first pixel of the strip, where tap offsets count from.</param>
    /// <param name="right">Elements from the strip's first vector to its second.</param>
    /// <param name="offsets">Where row j of b begins, in elements.</param>
    /// <param name="taps">How many rows b has.</param>
    /// <param name="c">[Rows][two vectors], overwritten or added to.</param>
    /// <param name="stride">Elements from one row of c to the next.</param>
    /// <param name="adds">Whether c is added to.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Strip<TLanes, THeight>(
        float* a, float* b, nint right, int* offsets, int taps, float* c, nint stride, bool adds)
        where TLanes : unmanaged, ILanes<TLanes>
        where THeight : struct, IPanelHeight
    {
        TLanes c0l = default, c0r = default;
        TLanes c1l = default, c1r = default;
        TLanes c2l = default, c2r = default;
        TLanes c3l = default, c3r = default;
        TLanes c4l = default, c4r = default;
        TLanes c5l = default, c5r = default;
        TLanes c6l = default, c6r = default;
        TLanes c7l = default, c7r = default;
        TLanes c8l = default, c8r = default;
        TLanes c9l = default, c9r = default;
        TLanes c10l = default, c10r = default;
        TLanes c11l = default, c11r = default;
        for (int* end = offsets + taps; offsets != end; offsets++)
        {
            float* row = b + *offsets;
            TLanes l = TLanes.Load(row), r = TLanes.Load(row + right);
            TLanes w = TLanes.Broadcast(a[0]);
            c0l = TLanes.MultiplyAdd(w, l, c0l);
            c0r = TLanes.MultiplyAdd(w, r, c0r);
            w = TLanes.Broadcast(a[1]);
            c1l = TLanes.MultiplyAdd(w, l, c1l);
            c1r = TLanes.MultiplyAdd(w, r, c1r);
            if (THeight.Rows > 2)
            {
                w = TLanes.Broadcast(a[2]);
                c2l = TLanes.MultiplyAdd(w, l, c2l);
                c2r = TLanes.MultiplyAdd(w, r, c2r);
                w = TLanes.Broadcast(a[3]);
                c3l = TLanes.MultiplyAdd(w, l, c3l);
                c3r = TLanes.MultiplyAdd(w, r, c3r);
            }

            if (THeight.Rows > 4)
            {
                w = TLanes.Broadcast(a[4]);
                c4l = TLanes.MultiplyAdd(w, l, c4l);
                c4r = TLanes.MultiplyAdd(w, r, c4r);
                w = TLanes.Broadcast(a[5]);
                c5l = TLanes.MultiplyAdd(w, l, c5l);
                c5r = TLanes.MultiplyAdd(w, r, c5r);
            }

            if (THeight.Rows > 6)
            {
                w = TLanes.Broadcast(a[6]);
                c6l = TLanes.MultiplyAdd(w, l, c6l);
                c6r = TLanes.MultiplyAdd(w, r, c6r);
                w = TLanes.Broadcast(a[7]);
                c7l = TLanes.MultiplyAdd(w, l, c7l);
                c7r = TLanes.MultiplyAdd(w, r, c7r);
            }

            if (THeight.Rows > 8)
            {
                w = TLanes.Broadcast(a[8]);
                c8l = TLanes.MultiplyAdd(w, l, c8l);
                c8r = TLanes.MultiplyAdd(w, r, c8r);
                w = TLanes.Broadcast(a[9]);
                c9l = TLanes.MultiplyAdd(w, l, c9l);
                c9r = TLanes.MultiplyAdd(w, r, c9r);
            }

            if (THeight.Rows > 10)
            {
                w = TLanes.Broadcast(a[10]);
                c10l = TLanes.MultiplyAdd(w, l, c10l);
                c10r = TLanes.MultiplyAdd(w, r, c10r);
                w = TLanes.Broadcast(a[11]);
                c11l = TLanes.MultiplyAdd(w, l, c11l);
                c11r = TLanes.MultiplyAdd(w, r, c11r);
            }

            a += THeight.Rows;
        }

        Store(c, c0l, c0r, adds);
        Store(c + stride, c1l, c1r, adds);
        if (THeight.Rows > 2)
        {
            Store(c + (2 * stride), c2l, c2r, adds);
            Store(c + (3 * stride), c3l, c3r, adds);
        }

        if (THeight.Rows > 4)
        {
            Store(c + (4 * stride), c4l, c4r, adds);
            Store(c + (5 * stride), c5l, c5r, adds);
        }

        if (THeight.Rows > 6)
        {
            Store(c + (6 * stride), c6l, c6r, adds);
            Store(c + (7 * stride), c7l, c7r, adds);
        }

        if (THeight.Rows > 8)
        {
            Store(c + (8 * stride), c8l, c8r, adds);
            Store(c + (9 * stride), c9l, c9r, adds);
        }

        if (THeight.Rows > 10)
        {
            Store(c + (10 * stride), c10l, c10r, adds);
            Store(c + (11 * stride), c11l, c11r, adds);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes>(float* to, TLanes left, TLanes right, bool adds)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if (adds)
        {
            left += TLanes.Load(to);
            right += TLanes.Load(to + TLanes.Count);
        }

        TLanes.Store(left, to);
        TLanes.Store(right, to + TLanes.Count);
    }
}
