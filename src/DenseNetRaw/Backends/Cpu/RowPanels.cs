namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// Rows of a matrix divided into panels of one even height, the last one of a smaller; at most one row is wasted.
/// </summary>
internal readonly struct RowPanels
{
    private readonly int _rows;

    /// <summary>
    /// Divides <paramref name="rows"/> into panels of at most <paramref name="largest"/>, an even number.
    /// </summary>
    public RowPanels(int rows, int largest)
    {
        _rows = rows;
        Count = (rows + largest - 1) / largest;
        Height = RoundToEven((rows + Count - 1) / Count);
    }

    /// <summary>How many panels there are.</summary>
    public int Count { get; }

    /// <summary>Rows of each panel but the last.</summary>
    public int Height { get; }

    /// <summary>Rows of all panels together, wasted ones counted.</summary>
    public int PaddedRows => ((Count - 1) * Height) + HeightOf(Count - 1);

    /// <summary>The first row of a panel.</summary>
    public int FirstOf(int panel) => panel * Height;

    /// <summary>Rows of the matrix that a panel holds.</summary>
    public int RowsOf(int panel) => Math.Min(Height, _rows - FirstOf(panel));

    /// <summary>Rows of a panel: <see cref="RowsOf"/>, made even.</summary>
    public int HeightOf(int panel) => RoundToEven(RowsOf(panel));

    private static int RoundToEven(int rows) => (rows + 1) / 2 * 2;
}
