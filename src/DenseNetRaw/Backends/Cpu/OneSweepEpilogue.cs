namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// The backward pass of norm-relu that, reading x, keeps relu(norm(x)) of the chunk, and adds the chunk to the weight
/// gradient: a convolution of one pixel reads x once.
/// </summary>
/// <param name="norms">Mask, dx and the channels' sums.</param>
/// <param name="weights">The weight gradient.</param>
/// <param name="chunk">How the chunk lies.</param>
/// <param name="panel">Receives the chunk.</param>
/// <param name="dy">The tile's packed dy.</param>
/// <param name="stride">Elements from one channel of it to the next.</param>
/// <param name="group">The tile's group.</param>
/// <param name="worker">The thread.</param>
/// <param name="adds">Whether the group has a sum.</param>
internal readonly unsafe struct OneSweepEpilogue(
    NormReluEpilogue norms, WeightGradient weights, PanelLayout chunk, float* panel, float* dy, int stride, int group,
    int worker, bool adds) : IEpilogue
{
    /// <inheritdoc/>
    public void Take<TLanes>(int row, int image, int pixel, int count, int place, float* values)
        where TLanes : unmanaged, ILanes<TLanes> =>
        norms.Take<TLanes>(row, image, pixel, count, values, panel + chunk.Offset(row, 0, 0) + place);

    /// <inheritdoc/>
    public void EndChunk<TLanes>(int first, int count)
        where TLanes : unmanaged, ILanes<TLanes> =>
        weights.AddChunk<TLanes>(dy + first, stride, panel, count, group, worker, adds || first > 0);

    /// <inheritdoc/>
    public void Announce(int row, int rows, int image, int pixel, int count) =>
        norms.Announce(row, rows, image, pixel, count);
}
