using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// y[k, p] = Σ over taps j of w[k, j] · panel[offset(j) + p] over the pixels p of a tile: a forward convolution with
/// the panel of x, a data gradient with the panel of dy and turned weights. The pixels go in chunks that keep their
/// part of the panel in cache, and each chunk through all panels of weights.
/// </summary>
internal readonly unsafe struct Product
{
    /// <summary>Pixels of a chunk: 12 rows of it are 12 KiB.</summary>
    public const int Chunk = 256;

    /// <summary>
    /// Taps that one accumulator sums before it is added to the rest: a sum of K terms in runs of L has an error of
    /// about √(L + K / L) instead of √K units in the last place, and ReLU masks are those of float64 more often.
    /// </summary>
    private const int Run = 64;

    /// <summary>Elements from one row of a finished chunk to the next; no multiple of 4 KiB.</summary>
    private const int ChunkStride = Chunk + 16;

    private readonly int* _offsets;
    private readonly float* _chunks;
    private readonly int _largestHeight, _width, _gap;

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
        (_width, _gap) = (layout.OutputWidth, layout.RowStride - layout.OutputWidth);
        _largestHeight = lanes == 16 ? 12 : 6;
        Panels = new RowPanels(rows, _largestHeight);
        Weights = constants.Take<float>((long)Panels.PaddedRows * layout.Taps);
        _offsets = constants.Take<int>(layout.Taps);
        _chunks = workspace.Take<float>((long)threads * _largestHeight * ChunkStride);
    }

    /// <summary>How a tile's input is packed.</summary>
    public PanelLayout Layout { get; }

    /// <summary>The rows of the weights, in panels.</summary>
    public RowPanels Panels { get; }

    /// <summary>The packed weights.</summary>
    public float* Weights { get; }

    /// <summary>Writes where each tap's pixels begin; like packed weights, they must be there first.</summary>
    public void WriteOffsets() => Layout.WriteOffsets(_offsets);

    /// <summary>Computes all rows over a tile and hands them to the epilogue.</summary>
    public void Compute<TLanes, TEpilogue>(Tile tile, float* panel, int worker, ref TEpilogue epilogue)
        where TLanes : unmanaged, ILanes<TLanes>
        where TEpilogue : struct, IEpilogue
    {
        int pixels = tile.Rows * Layout.OutputWidth;
        int runs = Layout.IsGapless ? 1 : tile.Images, length = Layout.IsGapless ? tile.Images * pixels : pixels;
        float* chunk = _chunks + ((long)worker * _largestHeight * ChunkStride);
        for (int run = 0; run < runs; run++)
        {
            for (int first = 0; first < length; first += Chunk)
            {
                int count = Math.Min(Chunk, length - first);
                float* from = panel + (run * Layout.ImageStride);
                for (int p = 0; p < Panels.Count; p++)
                {
                    Multiply<TLanes, TEpilogue>(p, tile, from, run * pixels, first, count, chunk, ref epilogue);
                    HandOver<TLanes, TEpilogue>(p, tile, (run * pixels) + first, count, chunk, ref epilogue);
                }

                epilogue.EndChunk<TLanes>((run * pixels) + first, count);
            }
        }
    }

    private void HandOver<TLanes, TEpilogue>(
        int panel, Tile tile, int first, int count, float* chunk, ref TEpilogue epilogue)
        where TLanes : unmanaged, ILanes<TLanes>
        where TEpilogue : struct, IEpilogue
    {
        int pixels = tile.Rows * Layout.OutputWidth, offset = tile.FirstRow * Layout.OutputWidth;
        for (int row = 0; row < Panels.RowsOf(panel); row++)
        {
            for (int done = 0, part; done < count; done += part)
            {
                int image = (first + done) / pixels, pixel = (first + done) % pixels;
                part = Math.Min(pixels - pixel, count - done);
                epilogue.Take<TLanes>(
                    Panels.FirstOf(panel) + row, tile.FirstImage + image, offset + pixel, part, done,
                    chunk + (row * ChunkStride) + done);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply<TLanes, TEpilogue>(
        int panel, Tile tile, float* from, int before, int first, int count, float* chunk, ref TEpilogue epilogue)
        where TLanes : unmanaged, ILanes<TLanes>
        where TEpilogue : struct, IEpilogue
    {
        switch (Panels.HeightOf(panel))
        {
            case 2:
                Strips<TLanes, Height2, TEpilogue>(panel, tile, from, before, first, count, chunk, ref epilogue);
                break;
            case 4:
                Strips<TLanes, Height4, TEpilogue>(panel, tile, from, before, first, count, chunk, ref epilogue);
                break;
            case 6:
                Strips<TLanes, Height6, TEpilogue>(panel, tile, from, before, first, count, chunk, ref epilogue);
                break;
            case 8:
                Strips<TLanes, Height8, TEpilogue>(panel, tile, from, before, first, count, chunk, ref epilogue);
                break;
            case 10:
                Strips<TLanes, Height10, TEpilogue>(panel, tile, from, before, first, count, chunk, ref epilogue);
                break;
            default:
                Strips<TLanes, Height12, TEpilogue>(panel, tile, from, before, first, count, chunk, ref epilogue);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Strips<TLanes, THeight, TEpilogue>(
        int panel, Tile tile, float* from, int before, int first, int count, float* chunk, ref TEpilogue epilogue)
        where TLanes : unmanaged, ILanes<TLanes>
        where THeight : struct, IPanelHeight
        where TEpilogue : struct, IEpilogue
    {
        int taps = Layout.Taps, pixels = tile.Rows * Layout.OutputWidth, offset = tile.FirstRow * Layout.OutputWidth;
        int firstRow = Panels.FirstOf(panel), rows = Panels.RowsOf(panel);
        float* weights = Weights + ((long)firstRow * taps);
        for (int p = 0; p < count; p += 2 * TLanes.Count)
        {
            (int image, int pixel) = Math.DivRem(before + first + p, pixels);
            epilogue.Announce(firstRow, rows, tile.FirstImage + image, offset + pixel, 2 * TLanes.Count);
            int left = PositionOf(first + p), right = PositionOf(first + p + TLanes.Count);
            for (int tap = 0, run; tap < taps; tap += run)
            {
                run = Math.Min(Run, taps - tap);
                ProductKernel.Strip<TLanes, THeight>(
                    weights + (tap * THeight.Rows), from + left, right - left, _offsets + tap, run, chunk + p,
                    ChunkStride, adds: tap > 0);
            }
        }
    }

    /// <summary>Where pixel p of an image lies in the panel, from where its first one lies.</summary>
    private int PositionOf(int p) => _gap == 0 ? p : p + (p / _width * _gap);
}
