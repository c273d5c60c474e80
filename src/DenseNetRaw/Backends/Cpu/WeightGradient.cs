using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// dw[k, j] = Σ over pixels p of dy[k, p] · panel[offset(j) + p]: each group of tiles sums into an area of its own, and
/// the areas are added in order of the groups afterwards, so no result depends on who computed what when.
/// </summary>
internal readonly unsafe struct WeightGradient
{
    /// <summary>Images whose last pixels are copied at once.</summary>
    private const int ImagesOfRest = 16;

    private readonly PanelLayout _layout;
    private readonly int* _offsets;
    private readonly RowPanels _panels;
    private readonly int _rows;

    /// <summary>The gradient of weights with <paramref name="rows"/> output channels.</summary>
    /// <param name="layout">How a tile of x is packed.</param>
    /// <param name="rows">K.</param>
    /// <param name="groups">How many partial sums there are.</param>
    /// <param name="lanes">Elements of a vector.</param>
    /// <param name="scratch">Where partial sums and offsets go.</param>
    public WeightGradient(PanelLayout layout, int rows, int groups, int lanes, ref ScratchArea scratch)
    {
        (_layout, _rows, Groups) = (layout, rows, groups);
        _panels = new RowPanels(rows, lanes == 16 ? 6 : 2);
        _offsets = scratch.Take<int>(layout.Taps + WeightGradientKernel.Taps - 1);
        Partials = scratch.Take<float>(groups * Size);
        if (scratch.IsReal)
        {
            layout.WriteOffsets(_offsets);
            new Span<int>(_offsets + layout.Taps, WeightGradientKernel.Taps - 1).Fill(_offsets[layout.Taps - 1]);
        }
    }

    /// <summary>Elements of dw.</summary>
    public long Size => (long)_rows * _layout.Taps;

    /// <summary>How many partial sums there are.</summary>
    public int Groups { get; }

    /// <summary>[group][k][tap].</summary>
    public float* Partials { get; }

    /// <summary>Begins a group's sum.</summary>
    public void Clear(int group) => new Span<float>(Partials + (group * Size), checked((int)Size)).Clear();

    /// <summary>Adds a tile to its group's sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add<TLanes>(Tile tile, Planes dy, float* panel, int group)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        for (int p = 0; p < _panels.Count; p++)
        {
            float* to = Partials + (group * Size) + ((long)_panels.FirstOf(p) * _layout.Taps);
            switch (_panels.HeightOf(p))
            {
                case 2: AddRows<TLanes, Height2>(tile, dy, panel, _panels.FirstOf(p), _panels.RowsOf(p), to); break;
                case 4: AddRows<TLanes, Height4>(tile, dy, panel, _panels.FirstOf(p), _panels.RowsOf(p), to); break;
                default: AddRows<TLanes, Height6>(tile, dy, panel, _panels.FirstOf(p), _panels.RowsOf(p), to); break;
            }
        }
    }

    private void AddRows<TLanes, THeight>(Tile tile, Planes dy, float* panel, int firstRow, int rows, float* to)
        where TLanes : unmanaged, ILanes<TLanes>
        where THeight : struct, IPanelHeight
    {
        int pixels = tile.Rows * _layout.OutputWidth, rest = pixels % TLanes.Count, whole = pixels - rest;
        float* from = dy.Plane(tile.FirstImage, firstRow) + (tile.FirstRow * _layout.OutputWidth);
        nint imageStride = (nint)(dy.Image(1) - dy.Image(0));
        if (whole > 0)
        {
            Rows source = new(from, dy.Shape.Plane, imageStride, rows, tile.Images, whole);
            AddVectors<TLanes, THeight>(source, panel, to);
        }

        if (rest > 0)
        {
            AddRest<TLanes, THeight>(new(from + whole, dy.Shape.Plane, imageStride, rows, tile.Images, rest), panel + whole, to);
        }
    }

    /// <summary>
    /// The pixels after the last whole vector, from a copy of dy with zeros up to the end of the vector; what the packed
    /// input holds there does not count then.
    /// </summary>
    private void AddRest<TLanes, THeight>(Rows dy, float* panel, float* to)
        where TLanes : unmanaged, ILanes<TLanes>
        where THeight : struct, IPanelHeight
    {
        float* copy = stackalloc float[ImagesOfRest * THeight.Rows * TLanes.Count];
        int image = THeight.Rows * TLanes.Count;
        for (int first = 0; first < dy.Images; first += ImagesOfRest)
        {
            int images = Math.Min(ImagesOfRest, dy.Images - first);
            for (int i = 0; i < images * dy.Count; i++)
            {
                float* from = dy.First + ((first + (i / dy.Count)) * dy.ImageStride) + (i % dy.Count * dy.RowStride);
                TLanes.Store(
                    TLanes.LoadFirst(from, dy.Pixels), copy + (i / dy.Count * image) + (i % dy.Count * TLanes.Count));
            }

            Rows source = new(copy, TLanes.Count, image, dy.Count, images, TLanes.Count);
            AddVectors<TLanes, THeight>(source, panel + ((long)first * _layout.ImageStride), to);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddVectors<TLanes, THeight>(Rows dy, float* panel, float* to)
        where TLanes : unmanaged, ILanes<TLanes>
        where THeight : struct, IPanelHeight
    {
        float* sums = stackalloc float[6 * WeightGradientKernel.Taps];
        int taps = _layout.Taps;
        for (int j = 0; j < taps; j += WeightGradientKernel.Taps)
        {
            WeightGradientKernel.Sum<TLanes, THeight>(
                dy.First, dy.RowStride, dy.Count - 1, dy.ImageStride,
                panel, _offsets + j, _layout.ImageStride, dy.Images, dy.Pixels, sums);
            int last = Math.Min(WeightGradientKernel.Taps, taps - j);
            for (int k = 0; k < dy.Count; k++)
            {
                for (int t = 0; t < last; t++)
                {
                    to[((long)k * taps) + j + t] += sums[(k * WeightGradientKernel.Taps) + t];
                }
            }
        }
    }

    /// <summary>Some rows k of dy, over the pixels of some images.</summary>
    private readonly struct Rows(float* first, nint rowStride, nint imageStride, int count, int images, int pixels)
    {
        public float* First => first;

        public nint RowStride => rowStride;

        public nint ImageStride => imageStride;

        public int Count => count;

        public int Images => images;

        public int Pixels => pixels;
    }
}
