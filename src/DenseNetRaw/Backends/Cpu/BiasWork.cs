namespace DenseNetRaw.Backends.Cpu;

/// <summary>y = x + b. One item is a run of channels of one image.</summary>
/// <param name="x">The input.</param>
/// <param name="b">One number a channel.</param>
/// <param name="y">The result.</param>
internal readonly unsafe struct BiasWork(Planes x, float* b, Planes y) : IWork
{
    /// <inheritdoc/>
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        (int n, int first, int end) = new ChannelRuns(x.Shape)[item];
        for (int c = first; c < end; c++)
        {
            Affine.Apply<TLanes>(x.Plane(n, c), x.Shape.Plane, new ChannelNorm(0, 1, b[c]), y.Plane(n, c), false);
        }
    }
}
