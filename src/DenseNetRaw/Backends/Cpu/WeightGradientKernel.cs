using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// The matrix product behind a weight gradient: dw[k, j] += Σ over pixels p of dy[k, p] · b[j, p], for up to six rows k
/// and four taps j, with neighbouring pixels in the lanes of 24 accumulators, which are summed up once a tile.
/// A vector of pixels is 24 multiply-adds to 10 loads.
/// </summary>
/// <remarks>Processors with 16 registers use two rows: eight accumulators, four vectors of b and one of dy.</remarks>
internal static unsafe class WeightGradientKernel
{
    /// <summary>Taps that one call covers.</summary>
    public const int Taps = 4;

    /// <summary>Sums over the pixels of some images.</summary>
    /// <param name="dy">Row 0 of dy in the first image.</param>
    /// <param name="rowStride">Elements from one row of dy to the next.</param>
    /// <param name="lastRow">The last row that exists; later ones repeat it.</param>
    /// <param name="dyImageStride">Elements from one image of dy to the next.</param>
    /// <param name="b">The first pixel of the packed input, where tap offsets count from.</param>
    /// <param name="offsets">Where the four taps begin.</param>
    /// <param name="imageStride">Elements from one image of the packed input to the next.</param>
    /// <param name="images">How many images.</param>
    /// <param name="runs">How many runs of pixels each has; they follow each other in dy.</param>
    /// <param name="count">Pixels of a run, a multiple of the vector's.</param>
    /// <param name="runStride">Elements from one run of the packed input to the next.</param>
    /// <param name="sums">[Rows][4], overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum<TLanes, THeight>(
        float* dy, nint rowStride, int lastRow, nint dyImageStride,
        float* b, int* offsets, nint imageStride, int images, int runs, int count,
        nint runStride, float* sums)
        where TLanes : unmanaged, ILanes<TLanes>
        where THeight : struct, IPanelHeight
    {
        TLanes c00 = default, c01 = default, c02 = default, c03 = default;
        TLanes c10 = default, c11 = default, c12 = default, c13 = default;
        TLanes c20 = default, c21 = default, c22 = default, c23 = default;
        TLanes c30 = default, c31 = default, c32 = default, c33 = default;
        TLanes c40 = default, c41 = default, c42 = default, c43 = default;
        TLanes c50 = default, c51 = default, c52 = default, c53 = default;
        nint r1 = Math.Min(1, lastRow) * rowStride, r2 = Math.Min(2, lastRow) * rowStride;
        nint r3 = Math.Min(3, lastRow) * rowStride, r4 = Math.Min(4, lastRow) * rowStride;
        nint r5 = Math.Min(5, lastRow) * rowStride;
        float* tap0 = b + offsets[0], tap1 = b + offsets[1], tap2 = b + offsets[2], tap3 = b + offsets[3];
        dyImageStride -= runs * count;
        imageStride -= runs * runStride;
        for (; images > 0; images--)
        {
            for (int run = 0; run < runs; run++)
            {
                for (int p = 0; p < count; p += TLanes.Count)
                {
                    TLanes b0 = TLanes.Load(tap0 + p), b1 = TLanes.Load(tap1 + p);
                    TLanes b2 = TLanes.Load(tap2 + p), b3 = TLanes.Load(tap3 + p);
                    float* y = dy + p;
                    TLanes d = TLanes.Load(y);
                    c00 = TLanes.MultiplyAdd(d, b0, c00);
                    c01 = TLanes.MultiplyAdd(d, b1, c01);
                    c02 = TLanes.MultiplyAdd(d, b2, c02);
                    c03 = TLanes.MultiplyAdd(d, b3, c03);
                    d = TLanes.Load(y + r1);
                    c10 = TLanes.MultiplyAdd(d, b0, c10);
                    c11 = TLanes.MultiplyAdd(d, b1, c11);
                    c12 = TLanes.MultiplyAdd(d, b2, c12);
                    c13 = TLanes.MultiplyAdd(d, b3, c13);
                    if (THeight.Rows > 2)
                    {
                        d = TLanes.Load(y + r2);
                        c20 = TLanes.MultiplyAdd(d, b0, c20);
                        c21 = TLanes.MultiplyAdd(d, b1, c21);
                        c22 = TLanes.MultiplyAdd(d, b2, c22);
                        c23 = TLanes.MultiplyAdd(d, b3, c23);
                        d = TLanes.Load(y + r3);
                        c30 = TLanes.MultiplyAdd(d, b0, c30);
                        c31 = TLanes.MultiplyAdd(d, b1, c31);
                        c32 = TLanes.MultiplyAdd(d, b2, c32);
                        c33 = TLanes.MultiplyAdd(d, b3, c33);
                    }

                    if (THeight.Rows > 4)
                    {
                        d = TLanes.Load(y + r4);
                        c40 = TLanes.MultiplyAdd(d, b0, c40);
                        c41 = TLanes.MultiplyAdd(d, b1, c41);
                        c42 = TLanes.MultiplyAdd(d, b2, c42);
                        c43 = TLanes.MultiplyAdd(d, b3, c43);
                        d = TLanes.Load(y + r5);
                        c50 = TLanes.MultiplyAdd(d, b0, c50);
                        c51 = TLanes.MultiplyAdd(d, b1, c51);
                        c52 = TLanes.MultiplyAdd(d, b2, c52);
                        c53 = TLanes.MultiplyAdd(d, b3, c53);
                    }
                }

                dy += count;
                tap0 += runStride;
                tap1 += runStride;
                tap2 += runStride;
                tap3 += runStride;
            }

            dy += dyImageStride;
            tap0 += imageStride;
            tap1 += imageStride;
            tap2 += imageStride;
            tap3 += imageStride;
        }

        Store(sums, c00, c01, c02, c03);
        Store(sums + 4, c10, c11, c12, c13);
        if (THeight.Rows > 2)
        {
            Store(sums + 8, c20, c21, c22, c23);
            Store(sums + 12, c30, c31, c32, c33);
        }

        if (THeight.Rows > 4)
        {
            Store(sums + 16, c40, c41, c42, c43);
            Store(sums + 20, c50, c51, c52, c53);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes>(float* to, TLanes c0, TLanes c1, TLanes c2, TLanes c3)
        where TLanes : unmanaged, ILanes<TLanes> =>
        Vector128.Store(SumEach(TLanes.Fold(c0), TLanes.Fold(c1), TLanes.Fold(c2), TLanes.Fold(c3)), to);

    /// <summary>The sums of four vectors as one vector: a transposition, with additions on the way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> SumEach(
        Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
    {
        if (!Sse.IsSupported)
        {
            return Vector128.Create(Vector128.Sum(a), Vector128.Sum(b), Vector128.Sum(c), Vector128.Sum(d));
        }

        Vector128<float> ab = Sse.UnpackLow(a, b) + Sse.UnpackHigh(a, b);
        Vector128<float> cd = Sse.UnpackLow(c, d) + Sse.UnpackHigh(c, d);
        return Sse.MoveLowToHigh(ab, cd) + Sse.MoveHighToLow(cd, ab);
    }
}
