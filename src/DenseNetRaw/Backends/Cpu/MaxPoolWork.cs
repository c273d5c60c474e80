using System.Runtime.CompilerServices;
using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// The maximum over each window, or its gradient: dy at the first maximum. One item is a run of channels of one image.
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
    /// <inheritdoc/>
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        (int n, int first, int end) = new ChannelRuns(x.Shape)[item];
        for (int c = first; c < end; c++)
        {
            Pool(x.Plane(n, c), small.Plane(n, c), dx.Plane(n, c));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pool(float* from, float* y, float* gradient)
    {
        if (isBackward && stores)
        {
            new Span<float>(gradient, x.Shape.Plane).Clear();
        }

        for (int p = 0; p < small.Shape.H; p++)
        {
            for (int q = 0; q < small.Shape.W; q++, y++)
            {
                int top = (p * window.Stride) - window.Padding, left = (q * window.Stride) - window.Padding;
                int best = FirstMaximum(from, top, left);
                if (isBackward)
                {
                    gradient[best] += *y;
                }
                else
                {
                    *y = from[best];
                }
            }
        }
    }

    /// <summary>
    /// The index of the first largest element of a window, in rows and then columns; a NaN is largest.
    /// </summary>
    private int FirstMaximum(float* from, int top, int left)
    {
        int width = x.Shape.W, right = Math.Min(width, left + window.Width);
        int bottom = Math.Min(x.Shape.H, top + window.Height);
        top = Math.Max(0, top);
        left = Math.Max(0, left);
        int best = (top * width) + left;
        for (int h = top; h < bottom; h++)
        {
            for (int w = left; w < right; w++)
            {
                int at = (h * width) + w;
                best = from[at] > from[best] || float.IsNaN(from[at]) ? at : best;
            }
        }

        return best;
    }
}
