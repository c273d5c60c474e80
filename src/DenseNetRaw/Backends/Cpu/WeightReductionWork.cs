using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>dw += Σ over groups of the partial sums, in double and in order. One item is a run of elements.</summary>
/// <param name="gradient">The partial sums.</param>
/// <param name="dw">Receives them, [K, C, R, S].</param>
internal readonly unsafe struct WeightReductionWork(WeightGradient gradient, Planes dw) : IWork
{
    private const int Run = 1024;

    /// <summary>How many items there are.</summary>
    public int Items => (int)((gradient.Size + Run - 1) / Run);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IWork.Run<TLanes>(int item, int worker)
    {
        long size = gradient.Size, taps = size / dw.Shape.N, end = Math.Min(size, (item + 1L) * Run);
        for (long i = (long)item * Run; i < end; i++)
        {
            double sum = 0;
            for (int group = 0; group < gradient.Groups; group++)
            {
                sum += gradient.Partials[(group * size) + i];
            }

            dw.Image((int)(i / taps))[i % taps] += (float)sum;
        }
    }
}
