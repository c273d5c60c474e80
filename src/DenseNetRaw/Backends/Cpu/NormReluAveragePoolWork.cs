using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>y = pool(relu(norm(x))), plane by plane. One item is a run of channels of one image.</summary>
/// <param name="x">The input.</param>
/// <param name="norm">What it is normalised with.</param>
/// <param name="window">The window.</param>
/// <param name="y">The result.</param>
/// <param name="planes">A plane of x for each worker.</param>
internal readonly unsafe struct NormReluAveragePoolWork(
    Planes x, ChannelVectors norm, Window window, Planes y, float* planes) : IWork
{
    /// <inheritdoc/>
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* plane = planes + ((long)worker * x.Shape.Plane);
        AveragePoolWork pool = new(x, window, y, isBackward: false, stores: true);
        (int n, int first, int end) = new ChannelRuns(x.Shape)[item];
        for (int c = first; c < end; c++)
        {
            Affine.NormRelu<TLanes>(x.Plane(n, c), x.Shape.Plane, norm[c], plane);
            pool.Average<TLanes>(plane, y.Plane(n, c));
        }
    }
}
