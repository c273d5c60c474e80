using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// dw[k, j] = Σ over pixels p of dy[k, p] · panel[offset(j) + p]: each group of tiles sums into an area of its own, and
/// the areas are added in order of the groups afterwards, so no result depends on who computed what when.
/// </summary>
internal readonly unsafe struct WeightGradient
{
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddRows<TLanes, THeight>(Tile tile, Planes dy, float* panel, int firstRow, int rows, float* to)
        where TLanes : unmanaged, ILanes<TLanes>
        where THeight : struct, IPanelHeight
    {
        float* sums = stackalloc float[6 * WeightGradientKernel.Taps];
        int taps = _layout.Taps, width = _layout.OutputWidth;
        float* from = dy.Plane(tile.FirstImage, firstRow) + (tile.FirstRow * width);
        nint dyImageStride = (nint)(dy.Image(1) - dy.Image(0));
        for (int j = 0; j < taps; j += WeightGradientKernel.Taps)
        {
            WeightGradientKernel.Sum<TLanes, THeight>(
                from, dy.Shape.Plane, rows - 1, dyImageStride,
                panel, _offsets + j, _layout.ImageStride, tile.Images, tile.Rows * width, sums);
            int last = Math.Min(WeightGradientKernel.Taps, taps - j);
            for (int k = 0; k < rows; k++)
            {
                for (int t = 0; t < last; t++)
                {
                    to[((long)k * taps) + j + t] += sums[(k * WeightGradientKernel.Taps) + t];
                }
            }
        }
    }
}
