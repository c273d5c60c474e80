using System.Numerics;
using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// dw += Σ over groups of the partial sums, in double and in order. One item is a block of a partial sum: of some rows
/// that lie apart as many neighbours as fit. Where rows are taps, they fill cache lines of dw, so that no two threads
/// write to one, but for combinations, of which blocks share lines at their ends. These become rows of the window: see
/// <see cref="RowPairs"/>.
/// </summary>
/// <param name="gradient">The partial sums.</param>
/// <param name="dw">Receives them, [K, C, R, S].</param>
internal readonly unsafe struct WeightReductionWork(WeightGradient gradient, Planes dw) : IWork
{
    /// <summary>Elements of a block.</summary>
    private const int Most = 3072;

    private int Rows => gradient.IsTransposed ? gradient.Taps : dw.Shape.N;

    private int Columns => gradient.IsTransposed ? dw.Shape.N : gradient.Taps;

    private int RowsOfBlock => !gradient.IsTransposed ? 1 : gradient.Components == 1 ? 16 : 24;

    private int ColumnsOfBlock => Most / (RowsOfBlock * gradient.Components);

    private int BlocksOfRow => (Columns + ColumnsOfBlock - 1) / ColumnsOfBlock;

    /// <summary>How many items there are.</summary>
    public int Items => (Rows + RowsOfBlock - 1) / RowsOfBlock * BlocksOfRow;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IWork.Run<TLanes>(int item, int worker)
    {
        int row = item / BlocksOfRow * RowsOfBlock, column = item % BlocksOfRow * ColumnsOfBlock;
        int rows = Math.Min(RowsOfBlock, Rows - row), columns = Math.Min(ColumnsOfBlock, Columns - column);
        int count = rows * columns;
        double* sums = stackalloc double[Most];
        new Span<double>(sums, gradient.Components * count).Clear();
        for (int group = 0; group < gradient.Groups; group++)
        {
            for (int component = 0; component < gradient.Components; component++)
            {
                float* partial = gradient.Partials + (group * gradient.GroupStride)
                    + (component * gradient.ComponentStride) + ((long)row * gradient.Width) + column;
                for (int i = 0; i < rows; i++, partial += gradient.Width)
                {
                    Add(partial, columns, sums + (component * count) + (i * columns));
                }
            }
        }

        (int firstTap, int taps, int tapStride) =
            gradient.IsTransposed ? (row, rows, columns) : (column, columns, 1);
        (int firstK, int ks, int kStride) = gradient.IsTransposed ? (column, columns, 1) : (row, rows, columns);
        for (int k = 0; k < ks; k++)
        {
            float* to = dw.Image(firstK + k);
            double* from = sums + (k * kStride);
            if (gradient.Components == 1)
            {
                for (int tap = 0; tap < taps; tap++)
                {
                    to[firstTap + tap] += (float)from[tap * tapStride];
                }
            }
            else
            {
                AddPairs(from, firstTap, taps, tapStride, count, to);
            }
        }
    }

    private void AddPairs(double* sums, int firstTap, int taps, int tapStride, int componentStride, float* to)
    {
        int width = dw.Shape.W;
        for (int tap = 0; tap < taps; tap++)
        {
            (int c, int s) = Math.DivRem(firstTap + tap, width);
            double* m = sums + (tap * tapStride);
            for (int r = 0; r < RowPairs.Taps; r++)
            {
                to[(((c * RowPairs.Taps) + r) * width) + s] += (float)RowPairs.ToWindow(
                    m[0], m[componentStride], m[2 * componentStride], m[3 * componentStride], r);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(float* partial, int count, double* sums)
    {
        int i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(Vector.Load(partial + i), out Vector<double> low, out Vector<double> high);
            Vector.Store(Vector.Load(sums + i) + low, sums + i);
            double* upper = sums + i + Vector<double>.Count;
            Vector.Store(Vector.Load(upper) + high, upper);
        }

        for (; i < count; i++)
        {
            sums[i] += partial[i];
        }
    }
}
