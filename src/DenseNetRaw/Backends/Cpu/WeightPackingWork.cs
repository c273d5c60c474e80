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
        int window = shape.Plane, inner = isGradient ? shape.N : shape.C, height = panels.HeightOf(item);
        float* panel = packed + ((long)panels.FirstOf(item) * inner * window);
        for (int i = 0; i < height; i++)
        {
            for (int j = 0; j < inner; j++)
            {
                float* to = panel + ((long)j * window * height) + i;
                int row = panels.FirstOf(item) + i;
                float* from = i >= panels.RowsOf(item) ? null : isGradient ? w.Plane(j, row) : w.Plane(row, j);
                for (int tap = 0; tap < window; tap++)
                {
                    to[tap * height] = from == null ? 0 : from[isGradient ? window - 1 - tap : tap];
                }
            }
        }
    }
}
