namespace DenseNetRaw.Backends.Cpu;

/// <summary>What is done with the pixels of a product while they are still in a near cache.</summary>
internal unsafe interface IEpilogue
{
    /// <summary>Takes <paramref name="count"/> neighbouring pixels of one row of the product.</summary>
    /// <param name="row">The row: an output channel.</param>
    /// <param name="image">The image.</param>
    /// <param name="pixel">The first of the pixels within the image's plane.</param>
    /// <param name="count">How many pixels.</param>
    /// <param name="place">Where they begin within the chunk that is under way.</param>
    /// <param name="values">Their values.</param>
    void Take<TLanes>(int row, int image, int pixel, int count, int place, float* values)
        where TLanes : unmanaged, ILanes<TLanes>;

    /// <summary>All rows of a chunk were taken.</summary>
    /// <param name="first">Where the chunk begins within the tile's positions: pixels, unless rows are paired.</param>
    /// <param name="count">How many positions it has.</param>
    void EndChunk<TLanes>(int first, int count)
        where TLanes : unmanaged, ILanes<TLanes>;

    /// <summary>
    /// Says what <see cref="Take"/> is about to be called with, so that memory is on its way meanwhile.
    /// </summary>
    /// <param name="row">The first row.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="image">The image.</param>
    /// <param name="pixel">About the first of the pixels within the image's plane.</param>
    /// <param name="count">About how many pixels; some may lie beyond the plane.</param>
    void Announce(int row, int rows, int image, int pixel, int count);
}
