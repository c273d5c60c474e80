using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// dw[k, j] = Σ over pixels p of dy[k, p] · panel[offset(j) + p]: each group of tiles sums into an area of its own, and
/// the areas are added in order of the groups afterwards, so no result depends on who computed what when. Where rows
/// are paired, there are four such sums, of the combinations of rows: see <see cref="RowPairs"/>.
/// </summary>
internal readonly unsafe struct WeightGradient
{
    private readonly PanelLayout _layout;
    private readonly int* _offsets;
    private readonly RowPanels _panels;
    private readonly int _rows;
    private readonly float* _copies;
    private readonly long _copyFloats;
    private readonly bool _isTransposed;
    private readonly OuterProducts _products;

    /// <summary>The gradient of weights with <paramref name="rows"/> output channels.</summary>
    /// <param name="layout">How a tile of x is packed.</param>
    /// <param name="rows">K.</param>
    /// <param name="tiling">The tiles, and the groups that have a partial sum each.</param>
    /// <param name="call">Vectors and threads.</param>
    /// <param name="workspace">Where partial sums, offsets and copies of dy go.</param>
    public WeightGradient(PanelLayout layout, int rows, Tiling tiling, CpuCall call, ref WorkspaceArea workspace)
    {
        (_layout, _rows, Groups) = (layout, rows, tiling.Groups);
        Tile largest = tiling.Largest;
        _isTransposed = OuterProducts.Suit(rows, call.Lanes);
        if (_isTransposed)
        {
            _products = new OuterProducts(layout, rows, largest, call, ref workspace);
        }
        else
        {
            _panels = new RowPanels(rows, call.Lanes == 16 ? 6 : 2);
        }

        int longest = (layout.LinesOf(largest.Rows) * layout.LineLength) + call.Lanes;
        bool copies = layout.IsPaired || (!_isTransposed && layout.OutputWidth % call.Lanes != 0);
        _copyFloats = copies ? (long)layout.Components * rows * largest.Images * longest : 0;
        _copies = workspace.Take<float>(call.Threads * _copyFloats);
        _offsets = workspace.Take<int>(PaddedTaps);
        Partials = workspace.Take<float>(Groups * GroupStride);
        if (workspace.IsReal)
        {
            layout.WriteOffsets(_offsets);
            new Span<int>(_offsets + layout.Taps, PaddedTaps - layout.Taps).Fill(_offsets[layout.Taps - 1]);
        }
    }

    /// <summary>How many partial sums there are.</summary>
    public int Groups { get; }

    /// <summary>[group][component][k][tap], or [group][component][tap][k].</summary>
    public float* Partials { get; }

    /// <summary>Elements from one group's partial sum to the next.</summary>
    public long GroupStride => Components * ComponentStride;

    /// <summary>Elements from the sum of one combination of rows to the next.</summary>
    public long ComponentStride => _isTransposed ? (long)PaddedTaps * _products.Width : (long)_rows * Taps;

    /// <summary>Sums that dw is made of.</summary>
    public int Components => _layout.Components;

    /// <summary>Taps of each: C·R·S, or C·S where rows are paired.</summary>
    public int Taps => _layout.Taps;

    private int TapsOfKernel => _isTransposed ? _products.Taps : WeightGradientKernel.Taps;

    private int PaddedTaps => (_layout.Taps + TapsOfKernel - 1) / TapsOfKernel * TapsOfKernel;

    /// <summary>Whether a partial sum lies as [tap][k]; else as [k][tap].</summary>
    public bool IsTransposed => _isTransposed;

    /// <summary>Elements of its rows, some of which may belong to no k.</summary>
    public int Width => _isTransposed ? _products.Width : Taps;

    /// <summary>Adds a tile to its group's sum, or begins it.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="dy">The output's gradient.</param>
    /// <param name="panel">The packed input.</param>
    /// <param name="group">The tile's group.</param>
    /// <param name="worker">The thread.</param>
    /// <param name="adds">Whether the group has a sum.</param>
    public void Add<TLanes>(Tile tile, Planes dy, float* panel, int group, int worker, bool adds)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* partial = Partials + (group * GroupStride);
        if (_layout.IsPaired)
        {
            AddPairs<TLanes>(tile, dy, panel, partial, worker, adds);
        }
        else if (_isTransposed)
        {
            _products.Add<TLanes>(tile, dy, panel, _offsets, partial, worker, adds);
        }
        else
        {
            AddRows<TLanes>(RowsOf<TLanes>(tile, dy, worker), panel, partial, adds);
        }
    }

    /// <summary>Adds a chunk to its group's sum, or begins it, of rows that suit <see cref="OuterProducts"/>.</summary>
    /// <param name="dy">The chunk's first pixel of channel 0.</param>
    /// <param name="stride">Elements from one channel of dy to the next.</param>
    /// <param name="panel">The chunk's input.</param>
    /// <param name="count">Pixels of the chunk.</param>
    /// <param name="group">The group.</param>
    /// <param name="worker">The thread.</param>
    /// <param name="adds">Whether the group has a sum.</param>
    public void AddChunk<TLanes>(
        float* dy, int stride, float* panel, int count, int group, int worker, bool adds)
        where TLanes : unmanaged, ILanes<TLanes> => _products.Add<TLanes>(
            dy, stride, panel, count, _offsets, Partials + (group * GroupStride), worker, adds);

    /// <summary>The combinations of dy's rows, times those of x.</summary>
    private void AddPairs<TLanes>(Tile tile, Planes dy, float* panel, float* sums, int worker, bool adds)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int width = _layout.OutputWidth, pairs = RowPairs.Of(tile.Rows), ofImage = pairs * _layout.LineLength;
        int length = tile.Images * ofImage, padded = (length + TLanes.Count - 1) / TLanes.Count * TLanes.Count;
        float* copy = _copies + (worker * _copyFloats);
        nint componentStride = (nint)_rows * padded;
        for (int k = 0; k < _rows; k++)
        {
            float* to = copy + ((long)k * padded);
            for (int i = 0; i < tile.Images; i++)
            {
                RowPairs.OfGradient<TLanes>(
                    dy.Plane(tile.FirstImage + i, k) + (tile.FirstRow * width), tile.Rows, width, to + (i * ofImage),
                    componentStride, _layout.LineLength);
            }

            for (int component = 0; component < Components; component++)
            {
                new Span<float>(to + (component * componentStride) + length, padded - length).Clear();
            }
        }

        for (int component = 0; component < Components; component++)
        {
            float* rows = copy + (component * componentStride), x = panel + (component * _layout.ComponentStride);
            float* to = sums + (component * ComponentStride);
            if (_isTransposed)
            {
                _products.Add<TLanes>(rows, padded, x, length, _offsets, to, worker, adds);
            }
            else
            {
                AddRows<TLanes>(new Rows(rows, padded, 0, _rows, 1, padded), x, to, adds);
            }
        }
    }

    private void AddRows<TLanes>(Rows rows, float* panel, float* sums, bool adds)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        for (int p = 0; p < _panels.Count; p++)
        {
            int first = _panels.FirstOf(p);
            Rows some = rows with { First = rows.First + (first * rows.RowStride), Count = _panels.RowsOf(p) };
            float* to = sums + ((long)first * _layout.Taps);
            switch (_panels.HeightOf(p))
            {
                case 2: AddVectors<TLanes, Height2>(some, panel, to, adds); break;
                case 4: AddVectors<TLanes, Height4>(some, panel, to, adds); break;
                default: AddVectors<TLanes, Height6>(some, panel, to, adds); break;
            }
        }
    }

    /// <summary>
    /// dy itself where a tile's pixels fill whole vectors, else a copy with zeros up to the end of the last vector:
    /// what the packed input holds there does not count then.
    /// </summary>
    private Rows RowsOf<TLanes>(Tile tile, Planes dy, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int pixels = tile.Rows * _layout.OutputWidth, first = tile.FirstRow * _layout.OutputWidth;
        if (pixels % TLanes.Count == 0)
        {
            nint imageStride = (nint)(dy.Image(1) - dy.Image(0));
            float* source = dy.Plane(tile.FirstImage, 0) + first;
            return new Rows(source, dy.Shape.Plane, imageStride, _rows, tile.Images, pixels);
        }

        int padded = (pixels + TLanes.Count - 1) / TLanes.Count * TLanes.Count;
        float* copy = _copies + (worker * _copyFloats);
        for (int i = 0; i < tile.Images * _rows; i++)
        {
            float* to = copy + ((long)i * padded);
            float* from = dy.Plane(tile.FirstImage + (i / _rows), i % _rows) + first;
            new ReadOnlySpan<float>(from, pixels).CopyTo(new Span<float>(to, pixels));
            new Span<float>(to + pixels, padded - pixels).Clear();
        }

        return new Rows(copy, padded, (nint)padded * _rows, _rows, tile.Images, padded);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddVectors<TLanes, THeight>(Rows dy, float* panel, float* to, bool adds)
        where TLanes : unmanaged, ILanes<TLanes>
        where THeight : struct, IPanelHeight
    {
        float* sums = stackalloc float[6 * WeightGradientKernel.Taps];
        int taps = _layout.Taps;
        (int run, int runStride) = _layout.RowStride == _layout.LineLength
            ? (dy.Pixels, dy.Pixels)
            : (_layout.LineLength, _layout.RowStride);
        for (int j = 0; j < taps; j += WeightGradientKernel.Taps)
        {
            WeightGradientKernel.Sum<TLanes, THeight>(
                dy.First, dy.RowStride, dy.Count - 1, dy.ImageStride,
                panel, _offsets + j, _layout.ImageStride, dy.Images, dy.Pixels / run, run, runStride, sums);
            int last = Math.Min(WeightGradientKernel.Taps, taps - j);
            for (int k = 0; k < dy.Count; k++)
            {
                float* sum = to + ((long)k * taps) + j;
                for (int t = 0; t < last; t++)
                {
                    sum[t] = (adds ? sum[t] : 0) + sums[(k * WeightGradientKernel.Taps) + t];
                }
            }
        }
    }

    /// <summary>Some rows k of dy, over the pixels of some images.</summary>
    private readonly struct Rows(float* first, nint rowStride, nint imageStride, int count, int images, int pixels)
    {
        public float* First { get; init; } = first;

        public int Count { get; init; } = count;

        public nint RowStride => rowStride;

        public nint ImageStride => imageStride;

        public int Images => images;

        public int Pixels => pixels;
    }
}
