using System.Numerics;
using System.Runtime.CompilerServices;
using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// The mean over each window, padding counting as zeros, or its gradient: dy spread over the window. One item is a run
/// of channels of one image.
/// </summary>
/// <param name="large">x, or dx.</param>
/// <param name="window">The window.</param>
/// <param name="small">y, or dy.</param>
/// <param name="isBackward">Whether the gradient is computed.</param>
/// <param name="stores">Whether dx is stored rather than added to.</param>
internal readonly unsafe struct AveragePoolWork(
    Planes large, Window window, Planes small, bool isBackward, bool stores) : IWork
{
    private bool IsGlobal => window == new Window(large.Shape.H, large.Shape.W, window.Stride);

    private bool IsOfPairs => window == new Window(2, 2, Stride: 2);

    /// <inheritdoc/>
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        (int n, int first, int end) = new ChannelRuns(large.Shape)[item];
        for (int c = first; c < end; c++)
        {
            if (isBackward)
            {
                Spread(small.Plane(n, c), large.Plane(n, c));
            }
            else
            {
                Average<TLanes>(large.Plane(n, c), small.Plane(n, c));
            }
        }
    }

    /// <summary>Means over one plane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Average<TLanes>(float* x, float* y)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if (IsGlobal)
        {
            int count = large.Shape.Plane;
            *y = (float)(ChannelSums.OfPlane<TLanes>(x, count, shift: 0, ahead: 0).Sum / count);
            return;
        }

        if (IsOfPairs)
        {
            AverageFours(x, y);
            return;
        }

        Shape shape = small.Shape;
        float weight = 1f / (window.Height * window.Width);
        for (int p = 0; p < shape.H; p++)
        {
            (int top, int bottom) = Rows(p);
            for (int q = 0; q < shape.W; q++)
            {
                (int left, int right) = Columns(q);
                float sum = 0;
                for (int h = top; h < bottom; h++)
                {
                    for (int w = left; w < right; w++)
                    {
                        sum += x[(h * large.Shape.W) + w];
                    }
                }

                y[(p * shape.W) + q] = sum * weight;
            }
        }
    }

    /// <summary>The window of every transition.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AverageFours(float* x, float* y)
    {
        int width = small.Shape.W, from = large.Shape.W;
        for (int p = 0; p < small.Shape.H; p++, x += 2 * from, y += width)
        {
            int q = 0;
            for (; q <= width - Vector<float>.Count; q += Vector<float>.Count)
            {
                Vector<float> near = SumsOfFours(x + (2 * q), from);
                Vector<float> far = SumsOfFours(x + (2 * q) + Vector<float>.Count, from);
                Vector<uint> sums = Vector.Narrow(near.As<float, ulong>(), far.As<float, ulong>());
                Vector.Store(sums.As<uint, float>() * 0.25f, y + q);
            }

            for (; q < width; q++)
            {
                float* four = x + (2 * q);
                y[q] = (four[0] + four[1] + four[from] + four[from + 1]) * 0.25f;
            }
        }
    }

    /// <summary>
    /// In the first of each pair, its sum with the second and the pair below, in this order. A pair is 64 bits: moved
    /// by 32, its second lies on its first.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> SumsOfFours(float* x, int width)
    {
        Vector<float> top = Vector.Load(x), bottom = Vector.Load(x + width);
        top += Vector.ShiftRightLogical(top.As<float, ulong>(), 32).As<ulong, float>();
        return top + bottom + Vector.ShiftRightLogical(bottom.As<float, ulong>(), 32).As<ulong, float>();
    }

    /// <summary>The gradient of one plane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Spread(float* dy, float* dx)
    {
        float weight = 1f / (window.Height * window.Width);
        if (stores && IsGlobal)
        {
            new Span<float>(dx, large.Shape.Plane).Fill(*dy * weight);
            return;
        }

        if (stores && IsOfPairs)
        {
            SpreadToFours(dy, dx);
            return;
        }

        if (stores)
        {
            new Span<float>(dx, large.Shape.Plane).Clear();
        }

        Shape shape = small.Shape;
        for (int p = 0; p < shape.H; p++)
        {
            (int top, int bottom) = Rows(p);
            for (int q = 0; q < shape.W; q++)
            {
                (int left, int right) = Columns(q);
                float gradient = dy[(p * shape.W) + q] * weight;
                for (int h = top; h < bottom; h++)
                {
                    for (int w = left; w < right; w++)
                    {
                        dx[(h * large.Shape.W) + w] += gradient;
                    }
                }
            }
        }
    }

    /// <summary>Each element as a pair, in two rows; what no window reaches is zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SpreadToFours(float* dy, float* dx)
    {
        int from = small.Shape.W, width = large.Shape.W;
        float* end = dx + large.Shape.Plane;
        for (int p = 0; p < small.Shape.H; p++, dy += from, dx += 2 * width)
        {
            int q = 0;
            for (; q <= from - Vector<float>.Count; q += Vector<float>.Count)
            {
                Vector<float> gradients = Vector.Load(dy + q) * 0.25f;
                Vector.Widen(gradients.As<float, uint>(), out Vector<ulong> near, out Vector<ulong> far);
                near |= Vector.ShiftLeft(near, 32);
                far |= Vector.ShiftLeft(far, 32);
                for (float* row = dx + (2 * q); row <= dx + (2 * q) + width; row += width)
                {
                    Vector.Store(near.As<ulong, float>(), row);
                    Vector.Store(far.As<ulong, float>(), row + Vector<float>.Count);
                }
            }

            for (; q < from; q++)
            {
                float* four = dx + (2 * q);
                four[0] = four[1] = four[width] = four[width + 1] = dy[q] * 0.25f;
            }

            if (width > 2 * from)
            {
                dx[width - 1] = dx[(2 * width) - 1] = 0;
            }
        }

        new Span<float>(dx, (int)(end - dx)).Clear();
    }

    private (int First, int End) Rows(int p)
    {
        int first = (p * window.Stride) - window.Padding;
        return (Math.Max(0, first), Math.Min(large.Shape.H, first + window.Height));
    }

    private (int First, int End) Columns(int q)
    {
        int first = (q * window.Stride) - window.Padding;
        return (Math.Max(0, first), Math.Min(large.Shape.W, first + window.Width));
    }
}
