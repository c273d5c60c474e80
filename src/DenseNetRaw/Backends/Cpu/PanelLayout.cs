using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// How a tile's input lies in workspace, so that the pixels of tap j follow each other from an offset of its own and a
/// product loads them as vectors. Three forms. A window of one pixel: the source's pixels as they are. Windows of three
/// rows and stride 1 over rows as wide as the output's: lines, each the four combinations of input rows that a pair of
/// output rows needs (see <see cref="RowPairs"/>), stored once with their padding. Others: for each window column s the
/// padded rows, moved s columns to the left and thinned to every stride-th column, so that a row is as long as a row of
/// the output: an input row is stored S times, not R·S times as im2col would; rows are sorted by their remainder of the
/// stride (the row r of the window meets rows of one remainder only). The gradient of a strided convolution is one of
/// stride 1 over a dy with zeros between its pixels: dilation.
/// </summary>
internal readonly struct PanelLayout
{
    private const int Line = 16;

    /// <summary>Elements that a kernel may read beyond the last pixel: what a strip of two vectors lacks.</summary>
    public const int Overread = 2 * Line;

    private readonly int _remainders;
    private readonly int _rowsOfRemainder;

    private PanelLayout(
        Shape source, Shape output, Window window, int dilation, int rowPadding, int columnPadding, Tile largest,
        int lanes)
    {
        (Source, OutputWidth, Window, Dilation) = (source, output.W, window, dilation);
        (RowPadding, ColumnPadding) = (rowPadding, columnPadding);
        _remainders = Math.Min(window.Stride, window.Height);
        _rowsOfRemainder = largest.Rows + ((window.Height - 1) / window.Stride);
        IsPaired = Pairs(window) && dilation == 1 && output.W == source.W;
        if (!IsPaired)
        {
            (LineLength, RowStride) = (output.W, output.W);
            Segment = OddLines((largest.Images * ImageStride) + Overread);
            return;
        }

        // A window as wide as its padding makes it is of five columns at most, so the over-read covers what a weight
        // gradient reads beyond the last line. Where whole vectors make up a row, they skip the padding between rows;
        // else it is computed along, for nobody, and the padding on the right of a row is that on the left of the next.
        bool isWhole = lanes > 0 && output.W % lanes == 0;
        RowStride = output.W + (isWhole ? window.Width - 1 : columnPadding);
        LineLength = isWhole ? output.W : RowStride;
        int lines = largest.Images * RowPairs.Of(largest.Rows);
        ComponentStride = ((lines * RowStride) + Overread + window.Width + Line - 1) / Line * Line;
        Segment = OddLines(RowPairs.Components * ComponentStride);
        int staged = (((RowPairs.Rows * RowPairs.Of(largest.Rows)) + 2) * output.W) + Overread;
        Staging = (staged + Line - 1) / Line * Line;
    }

    /// <summary>N, C, H, W of what is packed.</summary>
    public Shape Source { get; }

    /// <summary>The window, whose stride is that of this convolution: 1 for a data gradient.</summary>
    public Window Window { get; }

    /// <summary>Columns of the output.</summary>
    public int OutputWidth { get; }

    /// <summary>Distance of the source's pixels, with zeros between them.</summary>
    public int Dilation { get; }

    /// <summary>Rows of zeros above.</summary>
    public int RowPadding { get; }

    /// <summary>Columns of zeros on the left.</summary>
    public int ColumnPadding { get; }

    /// <summary>Whether output rows come in pairs: <see cref="RowPairs"/>.</summary>
    public bool IsPaired { get; }

    /// <summary>How often each row is stored: once for each column of the window, or once.</summary>
    public int Copies => IsPaired ? 1 : Window.Width;

    /// <summary>Elements from one packed row to the next.</summary>
    public int RowStride { get; }

    /// <summary>Positions of a line that a product computes: a row of the output, with or without padding.</summary>
    public int LineLength { get; }

    /// <summary>Products that make up a convolution: 1, or one for each combination of rows.</summary>
    public int Components => IsPaired ? RowPairs.Components : 1;

    /// <summary>Elements from one combination of a channel's rows to the next.</summary>
    public int ComponentStride { get; }

    /// <summary>
    /// Elements from (c, s), or c where rows are paired, to the next: an odd number of cache lines, so that they spread
    /// over the cache's sets.
    /// </summary>
    public int Segment { get; }

    /// <summary>Elements that packing needs beside the segments.</summary>
    public int Staging { get; }

    /// <summary>Elements from one image of the tile to the next, where rows are not paired.</summary>
    public int ImageStride => _remainders * _rowsOfRemainder * RowStride;

    /// <summary>Elements of a panel.</summary>
    public long Floats => ((long)Source.C * Copies * Segment) + Staging;

    /// <summary>Rows of each product's right matrix: C·R·S, or C·S where rows are paired.</summary>
    public int Taps => Source.C * Window.Width * (IsPaired ? 1 : Window.Height);

    /// <summary>Whether the positions of a tile's images follow each other without a gap.</summary>
    public bool IsGapless => IsPaired || Window.Height == 1;

    /// <summary>Whether the panel is the source itself.</summary>
    public bool IsPlain => Window is { Height: 1, Width: 1, Stride: 1 } && Dilation == 1;

    /// <summary>Rows sorted by remainder: how many remainders, and rows of each in a tile.</summary>
    public (int Remainders, int Rows) Sorting => (_remainders, _rowsOfRemainder);

    /// <summary>The layout of x for y = x ∗ w and for the weight gradient.</summary>
    /// <param name="x">The input.</param>
    /// <param name="y">The output.</param>
    /// <param name="window">The window.</param>
    /// <param name="largest">The largest tile.</param>
    /// <param name="lanes">Elements of a product's vectors; 0 where positions must follow each other.</param>
    public static PanelLayout OfInput(Shape x, Shape y, Window window, Tile largest, int lanes) =>
        new(x, y, window, 1, window.Padding, window.Padding, largest, lanes);

    /// <summary>The layout of dy for dx, a convolution with turned weights.</summary>
    /// <param name="dy">The output's gradient.</param>
    /// <param name="dx">The input's gradient.</param>
    /// <param name="window">The window.</param>
    /// <param name="largest">The largest tile.</param>
    /// <param name="lanes">Elements of the product's vectors.</param>
    public static PanelLayout OfGradient(Shape dy, Shape dx, Window window, Tile largest, int lanes) => new(
        dy, dx, window with { Stride = 1 }, window.Stride,
        window.Height - 1 - window.Padding, window.Width - 1 - window.Padding, largest, lanes);

    /// <summary>The layout of some pixels of all channels, for a window of one pixel.</summary>
    public static PanelLayout OfChunk(int channels, int pixels) => new(
        new Shape(1, channels, 1, pixels), new Shape(1, channels, 1, pixels), new Window(1, 1), 1, 0, 0,
        new Tile(0, 1, 0, 1), 0);

    /// <summary>Elements that a panel of so many channels holds for each pixel, about.</summary>
    public static int FloatsOfPixel(int channels, Window window) =>
        channels * (Pairs(window) ? RowPairs.Components / RowPairs.Rows : window.Width);

    /// <summary>Lines of an image in a tile: its rows, or pairs of them.</summary>
    public int LinesOf(int rows) => IsPaired ? RowPairs.Of(rows) : rows;

    /// <summary>Where tap (c, r, s) begins; r is 0 where rows are paired.</summary>
    public int Offset(int c, int r, int s) => IsPaired
        ? (c * Segment) + s
        : (((c * Window.Width) + s) * Segment)
            + ((((r % Window.Stride) * _rowsOfRemainder) + (r / Window.Stride)) * RowStride);

    /// <summary>Writes the offsets of all taps, in order (c, r, s) or (c, s).</summary>
    public unsafe void WriteOffsets(int* offsets)
    {
        for (int c = 0; c < Source.C; c++)
        {
            for (int r = 0; r < (IsPaired ? 1 : Window.Height); r++)
            {
                for (int s = 0; s < Window.Width; s++)
                {
                    *offsets++ = Offset(c, r, s);
                }
            }
        }
    }

    private static bool Pairs(Window window) => window.Height == RowPairs.Taps && window.Stride == 1;

    private static int OddLines(int elements)
    {
        int lines = (elements + Line - 1) / Line;
        return (lines + 1 - (lines % 2)) * Line;
    }
}
