namespace DenseNetRaw.Backends.Cpu;

/// <summary>dx = or += (dmean + 2 · dvariance · (x − mean)) / M. One item is a run of channels of one image.</summary>
/// <param name="x">The input.</param>
/// <param name="mean">Its means.</param>
/// <param name="dmean">Their gradients.</param>
/// <param name="dvariance">The gradients of the variances.</param>
/// <param name="dx">Receives the gradient.</param>
/// <param name="stores">Whether dx is stored rather than added to.</param>
internal readonly unsafe struct ChannelStatisticsBackwardWork(
    Planes x, float* mean, float* dmean, float* dvariance, Planes dx, bool stores) : IWork
{
    /// <inheritdoc/>
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        (int n, int first, int end) = new ChannelRuns(x.Shape)[item];
        double count = (double)x.Shape.N * x.Shape.Plane;
        for (int c = first; c < end; c++)
        {
            ChannelNorm line = new(mean[c], (float)(2 * dvariance[c] / count), (float)(dmean[c] / count));
            Affine.Apply<TLanes>(x.Plane(n, c), x.Shape.Plane, line, dx.Plane(n, c), !stores);
        }
    }
}
