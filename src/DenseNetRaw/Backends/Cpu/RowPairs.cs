using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// Two output rows of a window of three rows in four products instead of six: the minimal filtering algorithm F(2, 3)
/// down the columns (Winograd 1980, "Arithmetic complexity of computations"; Lavin and Gray 2016, "Fast algorithms for
/// convolutional neural networks", section 3). With input rows d0 … d3, rows of the window g0 … g2 and output rows y0,
/// y1: y0 = m0 + m1 + m2 and y1 = m1 − m2 − m3, where m0 = (d0 − d2) g0, m1 = (d1 + d2)(g0 + g1 + g2) / 2,
/// m2 = (d2 − d1)(g0 − g1 + g2) / 2 and m3 = (d1 − d3) g2. The gradients are what these formulas' derivatives say.
/// Neighbouring pixels stay neighbours, so that every step works on whole vectors.
/// </summary>
internal static unsafe class RowPairs
{
    /// <summary>Rows of the window.</summary>
    public const int Taps = 3;

    /// <summary>Output rows of a pair.</summary>
    public const int Rows = 2;

    /// <summary>Combinations of rows, and products of each pair.</summary>
    public const int Components = 4;

    /// <summary>Pairs that rows make up; the last one may lack its second row.</summary>
    public static int Of(int rows) => (rows + Rows - 1) / Rows;

    /// <summary>The four combinations of input rows, for each pair of output rows.</summary>
    /// <param name="rows">[2 · pairs + 2][width], and one more vector that can be read.</param>
    /// <param name="pairs">How many pairs.</param>
    /// <param name="width">Elements of a row.</param>
    /// <param name="to">Receives them, [component][pair], up to a vector too much after each row.</param>
    /// <param name="componentStride">Elements from one component to the next.</param>
    /// <param name="stride">Elements from one pair to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OfInput<TLanes>(float* rows, int pairs, int width, float* to, nint componentStride, nint stride)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        for (; pairs > 0; pairs--, rows += 2 * width, to += stride)
        {
            for (int p = 0; p < width; p += TLanes.Count)
            {
                float* row = rows + p, y = to + p;
                TLanes d0 = TLanes.Load(row), d1 = TLanes.Load(row + width);
                TLanes d2 = TLanes.Load(row + (2 * width)), d3 = TLanes.Load(row + (3 * width));
                TLanes.Store(d0 - d2, y);
                TLanes.Store(d1 + d2, y + componentStride);
                TLanes.Store(d2 - d1, y + (2 * componentStride));
                TLanes.Store(d1 - d3, y + (3 * componentStride));
            }
        }
    }

    /// <summary>The pairs of output rows from the four products.</summary>
    /// <param name="products">[component][pair].</param>
    /// <param name="componentStride">Elements from one component to the next.</param>
    /// <param name="stride">Elements from one pair to the next.</param>
    /// <param name="pairs">How many pairs.</param>
    /// <param name="width">Elements of a row.</param>
    /// <param name="to">Receives the rows, [2 · pairs][width], and up to a vector too much.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToOutput<TLanes>(
        float* products, nint componentStride, nint stride, int pairs, int width, float* to)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        for (; pairs > 0; pairs--, products += stride)
        {
            for (int p = 0; p < width; p += TLanes.Count)
            {
                float* m = products + p;
                TLanes sum = TLanes.Load(m + componentStride) + TLanes.Load(m + (2 * componentStride));
                TLanes.Store(TLanes.Load(m) + sum, to + p);
            }

            to += width;
            for (int p = 0; p < width; p += TLanes.Count)
            {
                float* m = products + p;
                TLanes difference = TLanes.Load(m + componentStride) - TLanes.Load(m + (2 * componentStride));
                TLanes.Store(difference - TLanes.Load(m + (3 * componentStride)), to + p);
            }

            to += width;
        }
    }

    /// <summary>
    /// The gradients of the four products, from that of the output: dy0, dy0 + dy1, dy0 − dy1 and −dy1.
    /// </summary>
    /// <param name="dy">The output's gradient, [rows][width].</param>
    /// <param name="rows">How many rows; to an odd number a row of zeros is added.</param>
    /// <param name="width">Elements of a row.</param>
    /// <param name="to">Receives them, [component][pair][stride], with zeros beyond the width.</param>
    /// <param name="componentStride">Elements from one component to the next.</param>
    /// <param name="stride">Elements from one pair to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OfGradient<TLanes>(
        float* dy, int rows, int width, float* to, nint componentStride, int stride)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        for (; rows > 0; rows -= 2, dy += 2 * width, to += stride)
        {
            int p = 0;
            for (; rows > 1 && p <= width - TLanes.Count; p += TLanes.Count)
            {
                TLanes first = TLanes.Load(dy + p), second = TLanes.Load(dy + width + p);
                float* y = to + p;
                TLanes.Store(first, y);
                TLanes.Store(first + second, y + componentStride);
                TLanes.Store(first - second, y + (2 * componentStride));
                TLanes.Store(default(TLanes) - second, y + (3 * componentStride));
            }

            for (; p < stride; p++)
            {
                float first = p < width ? dy[p] : 0, second = p < width && rows > 1 ? dy[width + p] : 0;
                to[p] = first;
                to[p + componentStride] = first + second;
                to[p + (2 * componentStride)] = first - second;
                to[p + (3 * componentStride)] = -second;
            }
        }
    }

    /// <summary>The four combinations of the window's rows, each rounded once.</summary>
    /// <param name="first">Its first row.</param>
    /// <param name="second">Its second row.</param>
    /// <param name="third">Its third row.</param>
    /// <param name="to">Receives them.</param>
    /// <param name="stride">Elements from one to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OfWindow(double first, double second, double third, float* to, int stride)
    {
        to[0] = (float)first;
        to[stride] = (float)((first + second + third) / 2);
        to[2 * stride] = (float)((first - second + third) / 2);
        to[3 * stride] = (float)third;
    }

    /// <summary>The gradient of a row of the window, from those of the combinations.</summary>
    public static double ToWindow(double m0, double m1, double m2, double m3, int row) => row switch
    {
        0 => m0 + ((m1 + m2) / 2),
        1 => (m1 - m2) / 2,
        _ => ((m1 + m2) / 2) + m3,
    };
}
