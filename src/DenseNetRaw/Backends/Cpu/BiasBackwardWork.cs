namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// db += Σ dy over each channel. One item is a run of channels; the run of the next image is asked for meanwhile.
/// </summary>
/// <param name="runs">The items.</param>
/// <param name="dy">The gradient of the result.</param>
/// <param name="db">Receives the sums.</param>
internal readonly unsafe struct BiasBackwardWork(ChannelRuns runs, Planes dy, float* db) : IWork
{
    /// <inheritdoc/>
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        (_, int first, int end) = runs[item];
        double* sums = stackalloc double[ChannelRuns.Most];
        new Span<double>(sums, end - first).Clear();
        nint ahead = (nint)(dy.Plane(1, 0) - dy.Plane(0, 0));
        for (int n = 0; n < dy.Shape.N; n++)
        {
            for (int c = first; c < end; c++)
            {
                sums[c - first] += ChannelSums.OfPlane<TLanes>(dy.Plane(n, c), dy.Shape.Plane, shift: 0, ahead).Sum;
            }
        }

        for (int c = first; c < end; c++)
        {
            db[c] += (float)sums[c - first];
        }
    }
}
