namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// The backward pass of norm-relu on a data gradient that nobody stores: mask, dx, and the channel's two sums, kept in
/// lanes over a group of tiles.
/// </summary>
/// <param name="x">What was normalised.</param>
/// <param name="norms">What with.</param>
/// <param name="dx">Receives the gradient.</param>
/// <param name="stores">Whether dx is stored rather than added to.</param>
/// <param name="sums">[C][2][lanes]: Σ g and Σ g · (x − mean).</param>
internal readonly unsafe struct NormReluEpilogue(
    Planes x, ChannelNorm* norms, Planes dx, bool stores, float* sums) : IEpilogue
{
    /// <inheritdoc/>
    public void Take<TLanes>(int row, int image, int pixel, int count, int place, float* values)
        where TLanes : unmanaged, ILanes<TLanes> => Take<TLanes>(row, image, pixel, count, values, null);

    /// <summary>Takes pixels, and writes to y what they were normalised to.</summary>
    public void Take<TLanes>(int row, int image, int pixel, int count, float* values, float* y)
        where TLanes : unmanaged, ILanes<TLanes> => NormReluGradient.Add<TLanes>(
            x.Plane(image, row) + pixel, values, count, norms[row], rectifies: true, dx.Plane(image, row) + pixel,
            stores, y, sums + (row * 2 * TLanes.Count));

    /// <inheritdoc/>
    public void EndChunk<TLanes>(int first, int count)
        where TLanes : unmanaged, ILanes<TLanes>
    {
    }

    /// <inheritdoc/>
    public void Announce(int row, int rows, int image, int pixel, int count)
    {
        x.Fetch(image, row, rows, pixel, count);
        dx.Fetch(image, row, rows, pixel, count);
    }
}
