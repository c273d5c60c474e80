using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// How a tile's input lies in workspace: for each channel c and window column s the padded rows, moved s columns to the
/// left and thinned to every stride-th column, so that a row is as long as a row of the output and the pixel p of tap
/// (c, r, s) lies at Offset(c, r, s) + p: an input row is stored S times, not R·S times as im2col would. Where whole
/// vectors make up a row of the output, a product needs no pixel after the vector's last, and once is enough: the rows
/// then keep their padding, and s moves the load.
/// With a stride, rows are sorted by their remainder (the row r of the window meets rows of one remainder only).
/// The gradient of a strided convolution is one of stride 1 over a dy with zeros between its pixels: dilation.
/// </summary>
internal readonly struct PanelLayout
{
    private const int Line = 16;

    /// <summary>Elements that a kernel may read beyond the last pixel.</summary>
    private const int Overread = 32;

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
        IsPadded = lanes > 0 && IsMoved && window.Width > 1 && output.W % lanes == 0;
        Copies = IsPadded ? 1 : window.Width;
        RowStride = IsPadded ? output.W + window.Width - 1 : output.W;
        int overread = IsPadded ? Overread + RowStride : Overread;
        int lines = ((largest.Images * ImageStride) + overread + Line - 1) / Line;
        Segment = (lines + 1 - (lines % 2)) * Line;
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

    /// <summary>Whether rows are stored once, with their padding.</summary>
    public bool IsPadded { get; }

    /// <summary>How often each row is stored: once for each column of the window, or once.</summary>
    public int Copies { get; }

    /// <summary>Elements from one packed row to the next.</summary>
    public int RowStride { get; }

    /// <summary>
    /// Elements from (c, s) to the next: an odd number of cache lines, so that rows spread over the cache's sets.
    /// </summary>
    public int Segment { get; }

    /// <summary>Elements from one image of the tile to the next.</summary>
    public int ImageStride => _remainders * _rowsOfRemainder * RowStride;

    /// <summary>Elements of a panel.</summary>
    public long Floats => (long)Source.C * Copies * Segment;

    /// <summary>Rows of the product's right matrix, C·R·S.</summary>
    public int Taps => Source.C * Window.Height * Window.Width;

    /// <summary>Whether the pixels of a tile's images follow each other without a gap.</summary>
    public bool IsGapless => Window.Height == 1;

    /// <summary>Whether the panel is the source itself.</summary>
    public bool IsPlain => Window is { Height: 1, Width: 1, Stride: 1 } && Dilation == 1;

    /// <summary>Whether a packed row is a source row, moved.</summary>
    public bool IsMoved => Window.Stride == 1 && Dilation == 1 && OutputWidth == Source.W;

    /// <summary>Rows sorted by remainder: how many remainders, and rows of each in a tile.</summary>
    public (int Remainders, int Rows) Sorting => (_remainders, _rowsOfRemainder);

    /// <summary>The layout of x for y = x ∗ w and for the weight gradient.</summary>
    /// <param name="x">The input.</param>
    /// <param name="y">The output.</param>
    /// <param name="window">The window.</param>
    /// <param name="largest">The largest tile.</param>
    /// <param name="lanes">Elements of a product's vectors; 0 where pixels must follow each other.</param>
    public static PanelLayout OfInput(Shape x, Shape y, Window window, Tile largest, int lanes = 0) =>
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

    /// <summary>Where tap (c, r, s) begins.</summary>
    public int Offset(int c, int r, int s) => (IsPadded ? (c * Segment) + s : ((c * Window.Width) + s) * Segment)
        + ((((r % Window.Stride) * _rowsOfRemainder) + (r / Window.Stride)) * RowStride);

    /// <summary>Writes the offsets of all taps, in order (c, r, s).</summary>
    public unsafe void WriteOffsets(int* offsets)
    {
        for (int c = 0; c < Source.C; c++)
        {
            for (int r = 0; r < Window.Height; r++)
            {
                for (int s = 0; s < Window.Width; s++)
                {
                    *offsets++ = Offset(c, r, s);
                }
            }
        }
    }
}
