using System.Numerics;
using System.Runtime.CompilerServices;
using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// The maximum over each window, or its gradient: dy at the first maximum. The largest of each column first, in
/// vectors, then of neighbouring columns. One item is a run of channels of one image.
/// </summary>
/// <param name="x">The input.</param>
/// <param name="window">The window.</param>
/// <param name="small">y, or dy.</param>
/// <param name="dx">The gradient; x in the forward pass.</param>
/// <param name="isBackward">Whether the gradient is computed.</param>
/// <param name="stores">Whether dx is stored rather than added to.</param>
internal readonly unsafe struct MaxPoolWork(
    Planes x, Window window, Planes small, Planes dx, bool isBackward, bool stores) : IWork
{
    /// <summary>Windows of a row that are pooled together.</summary>
    private const int Together = 256;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* highest = stackalloc float[Math.Min(x.Shape.W, ((Together - 1) * window.Stride) + window.Width)];
        (int n, int first, int end) = new ChannelRuns(x.Shape)[item];
        for (int c = first; c < end; c++)
        {
            if (isBackward && stores)
            {
                new Span<float>(dx.Plane(n, c), x.Shape.Plane).Clear();
            }

            float* y = small.Plane(n, c);
            for (int p = 0; p < small.Shape.H; p++, y += small.Shape.W)
            {
                for (int q = 0; q < small.Shape.W; q += Together)
                {
                    Pool(x.Plane(n, c), p, q, Math.Min(q + Together, small.Shape.W), highest, y, dx.Plane(n, c));
                }
            }
        }
    }

    /// <summary>The windows from one to another in a row of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pool(float* from, int p, int first, int end, float* highest, float* y, float* gradient)
    {
        (int top, int bottom) = Inside(p, window.Height, x.Shape.H);
        int left = Inside(first, window.Width, x.Shape.W).First, right = Inside(end - 1, window.Width, x.Shape.W).End;
        Highest(from + ((long)top * x.Shape.W) + left, bottom - top, right - left, highest);
        for (int q = first; q < end; q++)
        {
            (int start, int stop) = Inside(q, window.Width, x.Shape.W);
            float most = highest[start - left];
            for (int w = start + 1; w < stop; w++)
            {
                most = MathF.Max(most, highest[w - left]);
            }

            if (isBackward)
            {
                gradient[FirstOf(from, most, top, bottom, start, stop)] += y[q];
            }
            else
            {
                y[q] = most;
            }
        }
    }

    /// <summary>What of a window lies inside.</summary>
    private (int First, int End) Inside(int place, int extent, int limit)
    {
        int first = (place * window.Stride) - window.Padding;
        return (Math.Max(0, first), Math.Min(limit, first + extent));
    }

    /// <summary>The largest of each column; a NaN is largest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Highest(float* from, int rows, int columns, float* highest)
    {
        int width = x.Shape.W, w = 0;
        for (; w <= columns - Vector<float>.Count; w += Vector<float>.Count)
        {
            Vector<float> most = Vector.Load(from + w);
            for (int h = 1; h < rows; h++)
            {
                most = Vector.Max(most, Vector.Load(from + (h * width) + w));
            }

            Vector.Store(most, highest + w);
        }

        for (; w < columns; w++)
        {
            highest[w] = from[w];
            for (int h = 1; h < rows; h++)
            {
                highest[w] = MathF.Max(highest[w], from[(h * width) + w]);
            }
        }
    }

    /// <summary>The index of the first such element of a window, or of a NaN, in rows and then columns.</summary>
    private int FirstOf(float* from, float most, int top, int bottom, int left, int right)
    {
        int width = x.Shape.W;
        for (int h = top; h < bottom; h++)
        {
            for (int at = (h * width) + left; at < (h * width) + right; at++)
            {
                if (from[at] == most || float.IsNaN(from[at]))
                {
                    return at;
                }
            }
        }

        return (top * width) + left;
    }
}
