using System.Numerics;
using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// dw += Σ over groups of the partial sums, in double and in order. One item is a block of a partial sum: of some rows
/// that lie apart as many neighbours as fit. Where rows are taps, they fill cache lines of dw, so that no two threads
/// write to one.
/// </summary>
/// <param name="gradient">The partial sums.</param>
/// <param name="dw">Receives them, [K, C, R, S].</param>
internal readonly unsafe struct WeightReductionWork(WeightGradient gradient, Planes dw) : IWork
{
    /// <summary>Elements of a block.</summary>
    private const int Most = 2048;

    private int Rows => gradient.IsTransposed ? gradient.Taps : dw.Shape.N;

    private int Columns => gradient.IsTransposed ? dw.Shape.N : gradient.Taps;

    private int RowsOfBlock => gradient.IsTransposed ? 16 : 1;

    private int ColumnsOfBlock => Most / RowsOfBlock;

    private int BlocksOfRow => (Columns + ColumnsOfBlock - 1) / ColumnsOfBlock;

    /// <summary>How many items there are.</summary>
    public int Items => (Rows + RowsOfBlock - 1) / RowsOfBlock * BlocksOfRow;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IWork.Run<TLanes>(int item, int worker)
    {
        int row = item / BlocksOfRow * RowsOfBlock, column = item % BlocksOfRow * ColumnsOfBlock;
        int rows = Math.Min(RowsOfBlock, Rows - row), columns = Math.Min(ColumnsOfBlock, Columns - column);
        double* sums = stackalloc double[Most];
        new Span<double>(sums, rows * columns).Clear();
        for (int group = 0; group < gradient.Groups; group++)
        {
            float* partial = gradient.Partials + (group * gradient.GroupStride) + column;
            for (int i = 0; i < rows; i++)
            {
                Add(partial + ((long)(row + i) * gradient.Width), columns, sums + (i * columns));
            }
        }

        if (gradient.IsTransposed)
        {
            for (int k = 0; k < columns; k++)
            {
                float* to = dw.Image(column + k) + row;
                for (int tap = 0; tap < rows; tap++)
                {
                    to[tap] += (float)sums[(tap * columns) + k];
                }
            }
        }
        else
        {
            float* to = dw.Image(row) + column;
            for (int tap = 0; tap < columns; tap++)
            {
                to[tap] += (float)sums[tap];
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
