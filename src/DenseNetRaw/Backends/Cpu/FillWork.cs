namespace DenseNetRaw.Backends.Cpu;

/// <summary>y = value. One item is a run of channels of one image.</summary>
/// <param name="value">The value.</param>
/// <param name="y">The tensor.</param>
internal readonly unsafe struct FillWork(float value, Planes y) : IWork
{
    /// <inheritdoc/>
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        (int n, int first, int end) = new ChannelRuns(y.Shape)[item];
        new Span<float>(y.Plane(n, first), (end - first) * y.Shape.Plane).Fill(value);
    }
}
