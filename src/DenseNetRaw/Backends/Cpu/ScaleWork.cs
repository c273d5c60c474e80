namespace DenseNetRaw.Backends.Cpu;

/// <summary>y = or += s · x. One item is a run of channels of one image.</summary>
/// <param name="x">The input.</param>
/// <param name="s">The factor, not 0.</param>
/// <param name="y">The result.</param>
/// <param name="adds">Whether it is added.</param>
internal readonly unsafe struct ScaleWork(Planes x, float s, Planes y, bool adds) : IWork
{
    /// <inheritdoc/>
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        (int n, int first, int end) = new ChannelRuns(y.Shape)[item];
        Affine.Apply<TLanes>(
            x.Plane(n, first), (end - first) * y.Shape.Plane, new ChannelNorm(0, s, 0), y.Plane(n, first), adds);
    }
}
