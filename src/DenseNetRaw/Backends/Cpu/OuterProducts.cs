using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// A weight gradient of rows that fill vectors, over a tile: dy transposed, then in runs of pixels that stay in the
/// first-level cache times all taps. See <see cref="OuterProductKernel"/>.
/// </summary>
internal readonly unsafe struct OuterProducts
{
    /// <summary>Pixels that one accumulator sums before it is added to the rest; 48 rows of them are 24 KiB.</summary>
    private const int Run = 128;

    private readonly PanelLayout _layout;
    private readonly int _rows, _lanes;
    private readonly float* _transposed;
    private readonly long _transposedFloats;

    /// <summary>Products with <paramref name="rows"/> rows of dy.</summary>
    public OuterProducts(PanelLayout layout, int rows, Tile largest, CpuCall call, ref WorkspaceArea workspace)
    {
        (_layout, _rows, _lanes) = (layout, rows, call.Lanes);
        Taps = call.Lanes == 16 ? 8 : 4;
        int positions = largest.Images * layout.LinesOf(largest.Rows) * layout.LineLength;
        _transposedFloats = (long)Math.Min(Run, positions) * Width;
        _transposed = workspace.Take<float>(call.Threads * _transposedFloats);
    }

    /// <summary>Taps that one call of the kernel covers.</summary>
    public int Taps { get; }

    /// <summary>Rows, made whole vectors.</summary>
    public int Width => WidthOf(_rows, _lanes);

    /// <summary>Whether at most an eighth of the vectors' lanes would stand empty.</summary>
    public static bool Suit(int rows, int lanes) => WidthOf(rows, lanes) * 8 <= rows * 9;

    /// <summary>Adds a tile to the sums, [tap][Width], or begins them with it.</summary>
    public void Add<TLanes>(
        Tile tile, Planes dy, float* panel, int* offsets, float* sums, int worker, bool adds)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int pixels = tile.Rows * _layout.OutputWidth, first = tile.FirstRow * _layout.OutputWidth;
        for (int i = 0; i < tile.Images; i++)
        {
            Add<TLanes>(
                dy.Plane(tile.FirstImage + i, 0) + first, dy.Shape.Plane, panel + (i * _layout.ImageStride), pixels,
                offsets, sums, worker, adds || i > 0);
        }
    }

    /// <summary>Adds neighbouring pixels to the sums, or begins them with these.</summary>
    public void Add<TLanes>(
        float* dy, int stride, float* panel, int pixels, int* offsets, float* sums, int worker,
        bool adds)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* transposed = _transposed + (worker * _transposedFloats);
        for (int p = 0; p < pixels; p += Run)
        {
            int count = Math.Min(Run, pixels - p);
            Transposition.Run(dy + p, stride, _rows, count, transposed, Width);
            AddRun<TLanes>(transposed, panel + p, offsets, count, sums, adds || p > 0);
        }
    }

    /// <summary>All taps and rows: vectors of rows in threes, and in twos what is left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddRun<TLanes>(float* dy, float* panel, int* offsets, int count, float* sums, bool adds)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int width = Width;
        for (int tap = 0; tap < _layout.Taps; tap += Taps, sums += Taps * width)
        {
            for (int k = 0, vectors; k < width; k += vectors * TLanes.Count)
            {
                int left = (width - k) / TLanes.Count;
                vectors = left == 3 || left > 4 ? 3 : 2;
                if (vectors == 3)
                {
                    AddTaps<TLanes, Height3>(dy + k, width, panel, offsets + tap, count, sums + k, adds);
                }
                else
                {
                    AddTaps<TLanes, Height2>(dy + k, width, panel, offsets + tap, count, sums + k, adds);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTaps<TLanes, TVectors>(
        float* dy, int width, float* panel, int* offsets, int count, float* sums, bool adds)
        where TLanes : unmanaged, ILanes<TLanes>
        where TVectors : struct, IPanelHeight
    {
        if (TLanes.Count == 16)
        {
            OuterProductKernel.Add<TLanes, Height8, TVectors>(dy, width, panel, offsets, count, sums, width, adds);
        }
        else
        {
            OuterProductKernel.Add<TLanes, Height4, TVectors>(dy, width, panel, offsets, count, sums, width, adds);
        }
    }

    private static int WidthOf(int rows, int lanes) => Math.Max(2, (rows + lanes - 1) / lanes) * lanes;
}
