namespace DenseNetRaw.Backends.Cpu;

/// <summary>The channels of a tile as its plain panel has them; of no panel if there is none.</summary>
/// <param name="panel">The panel.</param>
/// <param name="layout">Its layout.</param>
internal readonly unsafe struct PackedRows(float* panel, PanelLayout layout)
{
    /// <summary>Whether there is a panel.</summary>
    public bool Exist => panel != null;

    /// <summary>Elements from one channel to the next: an odd number of cache lines.</summary>
    public int RowStride => layout.Segment;

    /// <summary>The first channel's pixels of image i of the tile.</summary>
    public float* Image(int i) => panel + ((long)i * layout.ImageStride);
}
