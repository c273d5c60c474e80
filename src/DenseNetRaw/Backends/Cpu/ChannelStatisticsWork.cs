using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// Mean and biased variance of each channel, from sums of x − shift, where shift is the mean of the start of the
/// channel's first plane: a mean that dwarfs the deviation is gone before anything is squared. One item is a run of
/// channels. Chan, Golub and LeVeque 1983, "Algorithms for computing the sample variance", section 3.
/// </summary>
/// <param name="runs">The items.</param>
/// <param name="x">The input.</param>
/// <param name="mean">Receives the means.</param>
/// <param name="variance">Receives the variances.</param>
internal readonly unsafe struct ChannelStatisticsWork(
    ChannelRuns runs, Planes x, float* mean, float* variance) : IWork
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        (_, int first, int end) = runs[item];
        float* shifts = stackalloc float[ChannelRuns.Most];
        double* sums = stackalloc double[ChannelRuns.Most], squares = stackalloc double[ChannelRuns.Most];
        for (int c = first; c < end; c++)
        {
            shifts[c - first] = MeanOfStart(x.Plane(0, c));
            sums[c - first] = squares[c - first] = 0;
        }

        nint ahead = (nint)(x.Plane(1, 0) - x.Plane(0, 0));
        for (int n = 0; n < x.Shape.N; n++)
        {
            for (int c = first; c < end; c++)
            {
                (double sum, double square) =
                    ChannelSums.OfPlane<TLanes>(x.Plane(n, c), x.Shape.Plane, shifts[c - first], ahead);
                sums[c - first] += sum;
                squares[c - first] += square;
            }
        }

        double count = (double)x.Shape.N * x.Shape.Plane;
        for (int c = first; c < end; c++)
        {
            double moved = sums[c - first] / count;
            mean[c] = (float)(shifts[c - first] + moved);
            variance[c] = (float)Math.Max(0, (squares[c - first] / count) - (moved * moved));
        }
    }

    private float MeanOfStart(float* plane)
    {
        // A few hundred elements place the shift well within a deviation of the mean.
        int count = Math.Min(x.Shape.Plane, 256);
        double sum = 0;
        for (int p = 0; p < count; p++)
        {
            sum += plane[p];
        }

        return (float)(sum / count);
    }
}
