namespace DenseNetRaw.Backends.Cpu;

/// <summary>db += Σ dy over each channel. One item is one channel.</summary>
/// <param name="dy">The gradient of the result.</param>
/// <param name="db">Receives the sums.</param>
internal readonly unsafe struct BiasBackwardWork(Planes dy, float* db) : IWork
{
    /// <inheritdoc/>
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        double sum = 0;
        for (int n = 0; n < dy.Shape.N; n++)
        {
            sum += ChannelSums.OfPlane<TLanes>(dy.Plane(n, item), dy.Shape.Plane, shift: 0, ahead: 0).Sum;
        }

        db[item] += (float)sum;
    }
}
