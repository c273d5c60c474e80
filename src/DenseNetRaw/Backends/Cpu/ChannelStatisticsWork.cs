namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// Mean and biased variance of each channel, from sums of x − shift, where shift is the mean of the channel's first
/// plane: a mean that dwarfs the deviation is gone before anything is squared. One item is one channel. Chan, Golub and
/// LeVeque 1983, "Algorithms for computing the sample variance", section 3.
/// </summary>
/// <param name="x">The input.</param>
/// <param name="mean">Receives the means.</param>
/// <param name="variance">Receives the variances.</param>
internal readonly unsafe struct ChannelStatisticsWork(Planes x, float* mean, float* variance) : IWork
{
    /// <inheritdoc/>
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float shift = MeanOfFirstPlane(x.Plane(0, item));
        (double sum, double squares) = ChannelSums.Of<TLanes>(x, item, shift);
        double count = (double)x.Shape.N * x.Shape.Plane, moved = sum / count;
        mean[item] = (float)(shift + moved);
        variance[item] = (float)Math.Max(0, (squares / count) - (moved * moved));
    }

    private float MeanOfFirstPlane(float* plane)
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
