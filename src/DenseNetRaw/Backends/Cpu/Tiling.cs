using System.Numerics;
using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// The pixels of a batch divided into tiles of about a thousand: several small images, one, or a block of rows of a
/// large one. What is summed over tiles depends on it: there it follows from shapes alone, never from the number of
/// threads.
/// </summary>
internal readonly struct Tiling
{
    /// <summary>Pixels of the smallest tile of a backward pass, which keeps a partial sum for each.</summary>
    public const int SmallestOfBackward = 256;

    /// <summary>Pixels of the smallest tile of a product alone.</summary>
    public const int SmallestOfProduct = 64;

    /// <summary>The same where one thread computes all tiles, and small ones would only pack more rows twice.</summary>
    public const int SmallestOfThread = 256;

    private const int LargestTile = 1024;

    /// <summary>Floats of one tile's input panel that leave room in a 1 MiB second-level cache.</summary>
    private const int LargestPanel = 384 * 1024;

    /// <summary>Where there are enough pixels there are at least so many tiles, for all cores to have some.</summary>
    private const int WantedTiles = 32;

    /// <summary>Partial sums are kept for at most so many groups of tiles.</summary>
    private const int MostGroups = 32;

    private readonly Shape _pixels;
    private readonly int _images;
    private readonly int _rows;
    private readonly int _rowBlocks;

    /// <summary>
    /// Divides the pixels of <paramref name="pixels"/> (N, H and W of it); tiles have pairs of rows and whole vectors.
    /// </summary>
    /// <param name="pixels">The batch.</param>
    /// <param name="panelRows">Floats that a tile's panel holds for each pixel.</param>
    /// <param name="smallest">Pixels of the smallest tile, if there are as many.</param>
    public Tiling(Shape pixels, int panelRows, int smallest)
    {
        _pixels = pixels;
        long wanted = Math.Clamp((long)pixels.N * pixels.Plane / WantedTiles, smallest, LargestTile);
        wanted = Math.Min(wanted, Math.Max(smallest / 2, LargestPanel / panelRows));
        int imageBlocks = DivideUp(pixels.N, (int)Math.Max(1, wanted / pixels.Plane));
        _images = DivideUp(pixels.N, imageBlocks);
        _rowBlocks = pixels.Plane > wanted * 3 / 2 ? DivideUp(pixels.H, (int)Math.Max(1, wanted / pixels.W)) : 1;
        int whole = Math.Max(RowPairs.Rows, RowsOfVectors(pixels.W));
        _rows = Math.Min(pixels.H, DivideUp(DivideUp(pixels.H, _rowBlocks), whole) * whole);
        _rowBlocks = DivideUp(pixels.H, _rows);
        Count = DivideUp(pixels.N, _images) * _rowBlocks;
        Groups = Math.Min(Count, MostGroups);
    }

    /// <summary>How many tiles there are.</summary>
    public int Count { get; }

    /// <summary>How many groups of neighbouring tiles have a partial sum each.</summary>
    public int Groups { get; }

    /// <summary>The largest tile.</summary>
    public Tile Largest => new(0, _images, 0, _rows);

    /// <summary>The tile of that index.</summary>
    public Tile this[int index]
    {
        get
        {
            int image = index / _rowBlocks * _images, row = index % _rowBlocks * _rows;
            return new Tile(image, Math.Min(_images, _pixels.N - image), row, Math.Min(_rows, _pixels.H - row));
        }
    }

    /// <summary>The first tile of a group; the group ends where the next begins.</summary>
    public int FirstOfGroup(int group) => (int)((long)group * Count / Groups);

    /// <summary>The fewest rows whose pixels fill whole vectors of 16.</summary>
    private static int RowsOfVectors(int width) => 16 >> Math.Min(4, BitOperations.TrailingZeroCount(width));

    private static int DivideUp(int a, int b) => (a + b - 1) / b;
}
