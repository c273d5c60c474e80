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

    private void PackPairs(int first, int rows, int height)
    {
        Shape shape = w.Shape;
        int width = shape.W, inputs = isGradient ? shape.N : shape.C;
        float* to = packed + ((long)first * RowPairs.Components * inputs * width);
        for (int component = 0; component < RowPairs.Components; component++)
        {
            for (int tap = 0; tap < inputs * width; tap++, to += height)
            {
                (int input, int s) = Math.DivRem(tap, width);
                for (int i = 0; i < height; i++)
                {
                    to[i] = i >= rows ? 0 : isGradient
                        ? Combination(w.Plane(input, first + i) + width - 1 - s + (2 * width), -width, component)
                        : Combination(w.Plane(first + i, input) + s, width, component);
                }
            }
        }
    }

    private static float Combination(float* first, int stride, int component) =>
        RowPairs.OfWindow(first[0], first[stride], first[2 * stride], component);
}
