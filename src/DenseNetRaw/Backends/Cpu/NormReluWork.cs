namespace DenseNetRaw.Backends.Cpu;

/// <summary>y = relu(norm(x)), or norm(x). One item is a run of channels of one image.</summary>
/// <param name="x">The input.</param>
/// <param name="norm">What it is normalised with.</param>
/// <param name="y">The result.</param>
/// <param name="rectifies">Whether a ReLU follows.</param>
internal readonly unsafe struct NormReluWork(Planes x, ChannelVectors norm, Planes y, bool rectifies = true) : IWork
{
    /// <inheritdoc/>
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        (int n, int first, int end) = new ChannelRuns(y.Shape)[item];
        for (int c = first; c < end; c++)
        {
            if (rectifies)
            {
                Affine.NormRelu<TLanes>(x.Plane(n, c), x.Shape.Plane, norm[c], y.Plane(n, c));
            }
            else
            {
                Affine.Apply<TLanes>(x.Plane(n, c), x.Shape.Plane, norm[c], y.Plane(n, c), adds: false);
            }
        }
    }
}
