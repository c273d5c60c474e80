using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// y[k, p] = Σ over taps j of w[k, j] · panel[offset(j) + p] over the pixels p of a tile: a forward convolution with
/// the panel of x, a data gradient with the panel of dy and turned weights. The pixels go in chunks that keep their
/// part of the panel in cache, and each chunk through all panels of weights. Where rows are paired, a chunk is some
/// lines, and the pixels are made of four such products: see <see cref="RowPairs"/>.
/// </summary>
internal readonly unsafe struct Product
{
    /// <summary>
    /// Pixels of a chunk: 12 rows of it are 12 KiB. Where rows are paired: see <see cref="LongestChunk"/>.
    /// </summary>
    public const int Chunk = 256;

    /// <summary>The most positions of a chunk of several lines: four products of 12 rows of it are 63 KiB.</summary>
    private const int LongestChunk = 320;

    /// <summary>
    /// The most taps that one accumulator sums before it is added to the rest: a sum of K terms in runs of L has an
    /// error of about √(L + K / L) instead of √K units in the last place, and ReLU masks are those of float64 more
    /// often.
    /// </summary>
    private const int LongestRun = 64;

    /// <summary>The same where rows are paired, and a third of the taps make up a sum.</summary>
    private const int LongestPairedRun = 96;

    private readonly int* _offsets;
    private readonly float* _chunks;
    private readonly int _largestHeight, _run, _chunkLength, _chunkStride;

    /// <summary>A product with <paramref name="rows"/> rows of weights.</summary>
    /// <param name="layout">How a tile's input is packed.</param>
    /// <param name="rows">Rows of weights.</param>
    /// <param name="lanes">Elements of a vector.</param>
    /// <param name="threads">How many threads will need a chunk.</param>
    /// <param name="constants">Where weights and offsets go, which are the same for every tile.</param>
    /// <param name="workspace">Where chunks go.</param>
    public Product(
        PanelLayout layout, int rows, int lanes, int threads, ref WorkspaceArea constants, ref WorkspaceArea workspace)
    {
        Layout = layout;
        _largestHeight = lanes == 16 ? 12 : 6;
        int longest = layout.IsPaired ? LongestPairedRun : LongestRun, runs = (layout.Taps + longest - 1) / longest;
        _run = (layout.Taps + runs - 1) / runs;
        _chunkLength = layout.IsPaired ? ChunkOfLines(layout.LineLength, 2 * lanes) : Chunk;
        _chunkStride = ((_chunkLength + (2 * lanes) - 1) / (2 * lanes) * 2 * lanes) + 16;
        Panels = new RowPanels(rows, _largestHeight);
        Weights = constants.Take<float>((long)Panels.PaddedRows * layout.Components * layout.Taps);
        _offsets = constants.Take<int>(layout.Taps);
        _chunks = workspace.Take<float>(threads * ChunkFloats);
    }

    /// <summary>How a tile's input is packed.</summary>
    public PanelLayout Layout { get; }

    /// <summary>The rows of the weights, in panels.</summary>
    public RowPanels Panels { get; }

    /// <summary>The packed weights.</summary>
    public float* Weights { get; }

    /// <summary>A chunk: [component][row][position], rows no multiple of 4 KiB apart, and a row of pixels.</summary>
    private long ChunkFloats => ((Layout.Components * (long)_largestHeight) + (Layout.IsPaired ? 2 : 0)) * _chunkStride;

    /// <summary>Pixels of a line.</summary>
    private int LinePixels => Layout.IsPaired ? RowPairs.Rows * Layout.OutputWidth : Layout.OutputWidth;

    /// <summary>Positions of as many lines as leave the least of the last strip empty.</summary>
    private static int ChunkOfLines(int length, int strip)
    {
        int best = length;
        double bestShare = 0;
        for (int chunk = length; chunk <= LongestChunk; chunk += length)
        {
            double share = chunk / (double)((chunk + strip - 1) / strip * strip);
            (best, bestShare) = share >= bestShare ? (chunk, share) : (best, bestShare);
        }

        return best;
    }

    /// <summary>Writes where each tap's pixels begin; like packed weights, they must be there first.</summary>
    public void WriteOffsets() => Layout.WriteOffsets(_offsets);

    /// <summary>Computes all rows over a tile and hands them to the epilogue.</summary>
    public void Compute<TLanes, TEpilogue>(Tile tile, float* panel, int worker, ref TEpilogue epilogue)
        where TLanes : unmanaged, ILanes<TLanes>
        where TEpilogue : struct, IEpilogue
    {
        int ofImage = Layout.LinesOf(tile.Rows) * Layout.LineLength;
        int runs = Layout.IsGapless ? 1 : tile.Images, length = Layout.IsGapless ? tile.Images * ofImage : ofImage;
        float* chunk = _chunks + (worker * ChunkFloats);
        for (int run = 0; run < runs; run++)
        {
            for (int first = 0; first < length; first += _chunkLength)
            {
                int count = Math.Min(_chunkLength, length - first), before = (run * ofImage) + first;
                float* from = panel + (run * Layout.ImageStride);
                for (int p = 0; p < Panels.Count; p++)
                {
                    Multiply<TLanes, TEpilogue>(p, tile, from, first, before, count, chunk, ref epilogue);
                    HandOver<TLanes, TEpilogue>(p, tile, before, count, chunk, ref epilogue);
                }

                epilogue.EndChunk<TLanes>(before, count);
            }
        }
    }

    private void HandOver<TLanes, TEpilogue>(
        int panel, Tile tile, int first, int count, float* chunk, ref TEpilogue epilogue)
        where TLanes : unmanaged, ILanes<TLanes>
        where TEpilogue : struct, IEpilogue
    {
        int offset = tile.FirstRow * Layout.OutputWidth, pixels = tile.Rows * Layout.OutputWidth, places = pixels;
        float* values = chunk;
        if (Layout.IsPaired)
        {
            // A line has places for two rows, of which the second may lie beyond the tile.
            places = RowPairs.Of(tile.Rows) * LinePixels;
            (first, count) = (first / Layout.LineLength * LinePixels, count / Layout.LineLength * LinePixels);
            values = chunk + ((long)Layout.Components * _largestHeight * _chunkStride);
        }

        for (int row = 0; row < Panels.RowsOf(panel); row++)
        {
            if (Layout.IsPaired)
            {
                RowPairs.ToOutput<TLanes>(
                    chunk + (row * _chunkStride), (nint)_largestHeight * _chunkStride, Layout.LineLength,
                    count / LinePixels, Layout.OutputWidth, values);
            }

            for (int done = 0, part; done < count; done += part)
            {
                int image = (first + done) / places, pixel = (first + done) % places;
                part = Math.Min(places - pixel, count - done);
                epilogue.Take<TLanes>(
                    Panels.FirstOf(panel) + row, tile.FirstImage + image, offset + pixel,
                    Math.Min(part, pixels - pixel), done, values + done);
            }

            values += Layout.IsPaired ? 0 : _chunkStride;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply<TLanes, TEpilogue>(
        int panel, Tile tile, float* from, int first, int before, int count, float* chunk, ref TEpilogue epilogue)
        where TLanes : unmanaged, ILanes<TLanes>
        where TEpilogue : struct, IEpilogue
    {
        switch (Panels.HeightOf(panel))
        {
            case 2:
                Strips<TLanes, Height2, TEpilogue>(panel, tile, from, first, before, count, chunk, ref epilogue);
                break;
            case 4:
                Strips<TLanes, Height4, TEpilogue>(panel, tile, from, first, before, count, chunk, ref epilogue);
                break;
            case 6:
                Strips<TLanes, Height6, TEpilogue>(panel, tile, from, first, before, count, chunk, ref epilogue);
                break;
            case 8:
                Strips<TLanes, Height8, TEpilogue>(panel, tile, from, first, before, count, chunk, ref epilogue);
                break;
            case 10:
                Strips<TLanes, Height10, TEpilogue>(panel, tile, from, first, before, count, chunk, ref epilogue);
                break;
            default:
                Strips<TLanes, Height12, TEpilogue>(panel, tile, from, first, before, count, chunk, ref epilogue);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Strips<TLanes, THeight, TEpilogue>(
        int panel, Tile tile, float* from, int first, int before, int count, float* chunk, ref TEpilogue epilogue)
        where TLanes : unmanaged, ILanes<TLanes>
        where THeight : struct, IPanelHeight
        where TEpilogue : struct, IEpilogue
    {
        int taps = Layout.Taps, offset = tile.FirstRow * Layout.OutputWidth;
        int pixelsOfPosition = Layout.IsPaired ? RowPairs.Rows : 1;
        int ofImage = Layout.LinesOf(tile.Rows) * Layout.LineLength;
        int firstRow = Panels.FirstOf(panel), rows = Panels.RowsOf(panel);
        for (int p = 0; p < count; p += 2 * TLanes.Count)
        {
            (int image, int position) = Math.DivRem(before + p, ofImage);
            (int line, int column) = Math.DivRem(position, Layout.LineLength);
            epilogue.Announce(
                firstRow, rows, tile.FirstImage + image, offset + (line * LinePixels) + (column * pixelsOfPosition),
                pixelsOfPosition * 2 * TLanes.Count);
            int left = PlaceOf(first + p), right = PlaceOf(first + p + TLanes.Count);
            float* weights = Weights + ((long)firstRow * Layout.Components * taps), c = chunk + p, b = from + left;
            for (int component = 0; component < Layout.Components; component++)
            {
                for (int tap = 0, run; tap < taps; tap += run)
                {
                    run = Math.Min(_run, taps - tap);
                    ProductKernel.Strip<TLanes, THeight>(
                        weights, b, right - left, _offsets + tap, run, c, _chunkStride, adds: tap > 0);
                    weights += run * THeight.Rows;
                }

                b += Layout.ComponentStride;
                c += _largestHeight * _chunkStride;
            }
        }
    }

    /// <summary>Where a position lies in the panel.</summary>
    private int PlaceOf(int position) => Layout.RowStride == Layout.LineLength
        ? position
        : position + (position / Layout.LineLength * (Layout.RowStride - Layout.LineLength));
}
