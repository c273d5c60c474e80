using System.Runtime.CompilerServices;
using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// Weights [K, C, R, S] in the order in which <see cref="ProductKernel"/> reads them, [panel][tap][row]: rows are k and
/// taps (c, r, s) forward; for the data gradient rows are c and taps (k, r, s), with the window turned by half a turn.
/// Where rows of pixels are paired, taps are (i, c, s) or (i, k, s) of the combinations i of the window's rows: see
/// <see cref="RowPairs"/>. Rows that fill the last panel are zero. One item is one panel.
/// </summary>
/// <param name="w">The weights.</param>
/// <param name="isGradient">Whether they are turned for the data gradient.</param>
/// <param name="isPaired">Whether rows of pixels are paired.</param>
/// <param name="panels">Their rows, in panels.</param>
/// <param name="packed">Receives them.</param>
internal readonly unsafe struct WeightPackingWork(
    Planes w, bool isGradient, bool isPaired, RowPanels panels, float* packed) : IWork
{
    /// <summary>Taps of a block of combinations: twelve rows of them are 9 KiB.</summary>
    private const int MostTaps = 48;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        Shape shape = w.Shape;
        int window = shape.Plane, first = panels.FirstOf(item), rows = panels.RowsOf(item);
        int height = panels.HeightOf(item);
        if (isPaired)
        {
            PackPairs(first, rows, height);
            return;
        }

        if (!isGradient)
        {
            int taps = shape.C * window;
            nint rowStride = (nint)(w.Image(1) - w.Image(0));
            Transposition.Run(w.Image(first), rowStride, rows, taps, packed + ((long)first * taps), height);
            return;
        }

        float* to = packed + ((long)first * shape.N * window);
        for (int k = 0; k < shape.N; k++)
        {
            float* from = w.Plane(k, first);
            for (int tap = window - 1; tap >= 0; tap--, to += height)
            {
                for (int i = 0; i < height; i++)
                {
                    to[i] = i < rows ? from[(i * window) + tap] : 0;
                }
            }
        }
    }

    /// <summary>Combinations of some inputs' windows, [component][row][tap], and then turned to [tap][row].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackPairs(int first, int rows, int height)
    {
        Shape shape = w.Shape;
        int width = shape.W, inputs = isGradient ? shape.N : shape.C, block = Math.Max(1, MostTaps / width);
        int stride = block * width, componentStride = rows * stride;
        float* combinations = stackalloc float[RowPairs.Components * componentStride];
        float* to = packed + ((long)first * RowPairs.Components * inputs * width);
        for (int input = 0; input < inputs; input += block)
        {
            int count = Math.Min(block, inputs - input);
            for (int row = 0; row < rows; row++)
            {
                for (int i = 0; i < count; i++)
                {
                    float* window = isGradient ? w.Plane(input + i, first + row) : w.Plane(first + row, input + i);
                    Combine(window, combinations + (row * stride) + (i * width), componentStride);
                }
            }

            for (int component = 0; component < RowPairs.Components; component++)
            {
                Transposition.Run(
                    combinations + (component * componentStride), stride, rows, count * width,
                    to + ((((long)component * inputs) + input) * width * height), height);
            }
        }
    }

    /// <summary>The combinations of one window's rows, turned by half a turn for the data gradient.</summary>
    private void Combine(float* window, float* to, int stride)
    {
        int width = w.Shape.W, last = isGradient ? (RowPairs.Taps * width) - 1 : 0, step = isGradient ? -1 : 1;
        for (int s = 0; s < width; s++)
        {
            float* tap = window + last + (s * step);
            RowPairs.OfWindow(tap[0], tap[step * width], tap[2 * step * width], to + s, stride);
        }
    }
}
