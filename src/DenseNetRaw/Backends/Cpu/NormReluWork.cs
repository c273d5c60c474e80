namespace DenseNetRaw.Backends.Cpu;

/// <summary>y = relu(norm(x)). One item is a run of channels of one image.</summary>
/// <param name="x">The input.</param>
/// <param name="norm">What it is normalised with.</param>
/// <param name="y">The result.</param>
internal readonly unsafe struct NormReluWork(Planes x, ChannelVectors norm, Planes y) : IWork
{
    /// <inheritdoc/>
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        (int n, int first, int end) = new ChannelRuns(y.Shape)[item];
        for (int c = first; c < end; c++)
        {
            Affine.NormRelu<TLanes>(x.Plane(n, c), x.Shape.Plane, norm[c], y.Plane(n, c));
        }
    }
}
