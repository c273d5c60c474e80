using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>Rows of pixels turned into pixels of rows.</summary>
internal static unsafe class Transposition
{
    /// <summary>to[p, k] = from[k, p], and zero where there is no row k.</summary>
    /// <param name="from">The first pixel of row 0.</param>
    /// <param name="rowStride">Elements from one row to the next.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="count">How many pixels of each.</param>
    /// <param name="to">Receives them.</param>
    /// <param name="width">Elements from one pixel to the next, at least as many as rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* from, nint rowStride, int rows, int count, float* to, int width)
    {
        int wholeRows = Sse.IsSupported ? rows & ~3 : 0, whole = count & ~3;
        for (int k = 0; k < wholeRows; k += 4)
        {
            for (int p = 0; p < whole; p += 4)
            {
                Square(from + (k * rowStride) + p, rowStride, to + ((nint)p * width) + k, width);
            }
        }

        Edge(from, rowStride, wholeRows, rows, 0, whole, to, width);
        Edge(from, rowStride, 0, rows, whole, count, to, width);
    }

    /// <summary>Four rows of four pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Square(float* from, nint rowStride, float* to, nint width)
    {
        Vector128<float> a = Vector128.Load(from), b = Vector128.Load(from + rowStride);
        Vector128<float> c = Vector128.Load(from + (2 * rowStride)), d = Vector128.Load(from + (3 * rowStride));
        Vector128<float> abLow = Sse.UnpackLow(a, b), abHigh = Sse.UnpackHigh(a, b);
        Vector128<float> cdLow = Sse.UnpackLow(c, d), cdHigh = Sse.UnpackHigh(c, d);
        Vector128.Store(Sse.MoveLowToHigh(abLow, cdLow), to);
        Vector128.Store(Sse.MoveHighToLow(cdLow, abLow), to + width);
        Vector128.Store(Sse.MoveLowToHigh(abHigh, cdHigh), to + (2 * width));
        Vector128.Store(Sse.MoveHighToLow(cdHigh, abHigh), to + (3 * width));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Edge(
        float* from, nint rowStride, int firstRow, int rows, int first, int end, float* to, int width)
    {
        for (int p = first; p < end; p++)
        {
            for (int k = firstRow; k < width; k++)
            {
                to[((nint)p * width) + k] = k < rows ? from[(k * rowStride) + p] : 0;
            }
        }
    }
}
