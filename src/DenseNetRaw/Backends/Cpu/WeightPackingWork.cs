using System.Runtime.CompilerServices;
using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// Weights [K, C, R, S] in the order in which <see cref="ProductKernel"/> reads them, [panel][tap][row]: rows are k and
/// taps (c, r, s) forward; for the data gradient rows are c and taps (k, r, s), with the window turned by half a turn.
/// Rows that fill the last panel are zero. One item is one panel.
/// </summary>
/// <param name="w">The weights.</param>
/// <param name="isGradient">Whether they are turned for the data gradient.</param>
/// <param name="panels">Their rows, in panels.</param>
/// <param name="packed">Receives them.</param>
internal readonly unsafe struct WeightPackingWork(Planes w, bool isGradient, RowPanels panels, float* packed) : IWork
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        Shape shape = w.Shape;
        int window = shape.Plane, first = panels.FirstOf(item), rows = panels.RowsOf(item);
        int height = panels.HeightOf(item);
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
}
