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
                Average(large.Plane(n, c), small.Plane(n, c));
            }
        }
    }

    /// <summary>Means over one plane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Average(float* x, float* y)
    {
        if (window == new Window(2, 2, Stride: 2))
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
            for (int q = 0; q < width; q++)
            {
                float* four = x + (2 * q);
                y[q] = (four[0] + four[1] + four[from] + four[from + 1]) * 0.25f;
            }
        }
    }

    /// <summary>The gradient of one plane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Spread(float* dy, float* dx)
    {
        float weight = 1f / (window.Height * window.Width);
        if (stores && window == new Window(window.Stride, window.Stride, window.Stride))
        {
            SpreadApart(dy, weight, dx);
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

    /// <summary>Windows side by side, whose rows are equal: each is made once and copied.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SpreadApart(float* dy, float weight, float* dx)
    {
        int side = window.Stride, from = small.Shape.W, width = large.Shape.W;
        Span<float> plane = new(dx, large.Shape.Plane);
        for (int p = 0; p < small.Shape.H; p++, dx += side * width)
        {
            for (int q = 0; q < from; q++)
            {
                float gradient = dy[(p * from) + q] * weight;
                for (int w = q * side; w < (q + 1) * side; w++)
                {
                    dx[w] = gradient;
                }
            }

            Span<float> row = new(dx, width);
            row[(from * side)..].Clear();
            for (int r = 1; r < side; r++)
            {
                row.CopyTo(new Span<float>(dx + (r * width), width));
            }
        }

        plane[(small.Shape.H * side * width)..].Clear();
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
