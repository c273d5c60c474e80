using System.Numerics;
using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// dw += Σ over groups of the partial sums, in double and in order. One item is a run of a partial sum's elements.
/// </summary>
/// <param name="gradient">The partial sums.</param>
/// <param name="dw">Receives them, [K, C, R, S].</param>
internal readonly unsafe struct WeightReductionWork(WeightGradient gradient, Planes dw) : IWork
{
    private const int Run = 512;

    /// <summary>How many items there are.</summary>
    public int Items => (int)((gradient.GroupStride + Run - 1) / Run);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IWork.Run<TLanes>(int item, int worker)
    {
        long first = (long)item * Run;
        int count = (int)Math.Min(Run, gradient.GroupStride - first);
        double* sums = stackalloc double[Run];
        new Span<double>(sums, count).Clear();
        for (int group = 0; group < gradient.Groups; group++)
        {
            Add(gradient.Partials + (group * gradient.GroupStride) + first, count, sums);
        }

        int width = gradient.Width, major = (int)(first / width), minor = (int)(first % width);
        for (int i = 0; i < count; i++)
        {
            (int k, int tap) = gradient.IsTransposed ? (minor, major) : (major, minor);
            if (k < dw.Shape.N && tap < gradient.Taps)
            {
                dw.Image(k)[tap] += (float)sums[i];
            }

            if (++minor == width)
            {
                (major, minor) = (major + 1, 0);
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
