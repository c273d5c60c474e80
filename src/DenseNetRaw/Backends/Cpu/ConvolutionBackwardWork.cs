using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// The backward pass of a convolution over groups of tiles, one item a group: the weight gradient alone, or, with
/// norm-relu, everything: pack relu(norm(x)), add to dw's partial sum, compute the data gradient of the tile from dy,
/// and finish it (mask, dx, sums for dgamma and dbeta) before it leaves the cache. With a window of one pixel the
/// finish, which reads x anyway, does the packing, chunk by chunk: <see cref="OneSweepEpilogue"/>.
/// </summary>
internal readonly unsafe struct ConvolutionBackwardWork : IWork
{
    private readonly Planes _x, _dy, _dx;
    private readonly ChannelNorm* _norms;
    private readonly Tiling _tiling;
    private readonly PanelLayout _layout;
    private readonly WeightGradient _weights;
    private readonly Product _product;
    private readonly float* _panels, _gradientPanels, _sums;
    private readonly double* _partialSums;
    private readonly bool _stores, _isOneSweep;

    /// <summary>The weight gradient alone.</summary>
    public ConvolutionBackwardWork(Planes x, Planes dy, Window window, CpuCall call, ref WorkspaceArea workspace)
        : this(x, null, dy, window, TilingOf(dy, x.Shape.C, window), false, call, ref workspace)
    {
    }

    /// <summary>The whole backward pass of a convolution of relu(norm(x)).</summary>
    public ConvolutionBackwardWork(
        Planes x, ChannelNorm* norms, Planes dy, Window window, Planes dx, bool stores, CpuCall call,
        ref WorkspaceArea workspace)
        : this(
            x, norms, dy, window, TilingOf(dy, Math.Max(x.Shape.C, dy.Shape.C), window),
            window is { Height: 1, Width: 1, Stride: 1 } && OuterProducts.Suit(dy.Shape.C, call.Lanes), call,
            ref workspace)
    {
        (_dx, _stores) = (dx, stores);
        PanelLayout layout = PanelLayout.OfGradient(dy.Shape, x.Shape, window, _tiling.Largest, call.Lanes);
        _product = new Product(layout, x.Shape.C, call.Lanes, call.Threads, ref workspace, ref workspace);
        _gradientPanels = workspace.Take<float>(call.Threads * layout.Floats);
        _sums = workspace.Take<float>((long)call.Threads * x.Shape.C * 2 * call.Lanes);
        _partialSums = workspace.Take<double>((long)_tiling.Groups * x.Shape.C * 2);
    }

    private ConvolutionBackwardWork(
        Planes x, ChannelNorm* norms, Planes dy, Window window, Tiling tiling, bool isOneSweep, CpuCall call,
        ref WorkspaceArea workspace)
    {
        (_x, _dy, _tiling, _isOneSweep) = (x, dy, tiling, isOneSweep);
        _norms = norms;
        _layout = isOneSweep
            ? PanelLayout.OfChunk(x.Shape.C, Product.Chunk)
            : PanelLayout.OfInput(
                x.Shape, dy.Shape, window, tiling.Largest, OuterProducts.Suit(dy.Shape.C, call.Lanes) ? 0 : call.Lanes);
        _weights = new WeightGradient(_layout, dy.Shape.C, tiling, call, ref workspace);
        _panels = workspace.Take<float>(call.Threads * _layout.Floats);
    }

    /// <summary>How many items there are.</summary>
    public int Items => _tiling.Groups;

    /// <summary>The partial sums of dw.</summary>
    public WeightGradient Weights => _weights;

    /// <summary>The product that turned weights must be packed for.</summary>
    public Product Product => _product;

    /// <inheritdoc/>
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* sums = _sums + ((long)worker * _x.Shape.C * 2 * TLanes.Count);
        if (_norms != null)
        {
            new Span<float>(sums, _x.Shape.C * 2 * TLanes.Count).Clear();
        }

        for (int t = _tiling.FirstOfGroup(item); t < _tiling.FirstOfGroup(item + 1); t++)
        {
            Add<TLanes>(_tiling[t], item, worker, sums, adds: t > _tiling.FirstOfGroup(item));
        }

        if (_norms != null)
        {
            KeepSums<TLanes>(item, sums);
        }
    }

    /// <summary>Adds the groups' sums of channel c, in order.</summary>
    public (double Sum, double Centred) SumsOf(int c)
    {
        double sum = 0, centred = 0;
        for (int group = 0; group < _tiling.Groups; group++)
        {
            double* partial = _partialSums + (((group * (long)_x.Shape.C) + c) * 2);
            sum += partial[0];
            centred += partial[1];
        }

        return (sum, centred);
    }

    private static Tiling TilingOf(Planes dy, int channels, Window window) =>
        new(dy.Shape, PanelLayout.FloatsOfPixel(channels, window), Tiling.SmallestOfBackward);

    private void Add<TLanes>(Tile tile, int group, int worker, float* sums, bool adds)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* panel = _panels + (worker * _layout.Floats);
        if (!_isOneSweep)
        {
            PanelPacking.Pack<TLanes>(_layout, _x, tile, _norms, panel);
            _weights.Add<TLanes>(tile, _dy, panel, group, worker, adds);
        }

        if (_norms == null)
        {
            return;
        }

        float* gradientPanel = _gradientPanels + (worker * _product.Layout.Floats);
        PanelPacking.Pack<TLanes>(_product.Layout, _dy, tile, null, gradientPanel);
        NormReluEpilogue norms = new(_x, _norms, _dx, _stores, sums);
        if (_isOneSweep)
        {
            OneSweepEpilogue sweep = new(
                norms, _weights, _layout, panel, gradientPanel, _product.Layout.Segment, group, worker, adds);
            _product.Compute<TLanes, OneSweepEpilogue>(tile, gradientPanel, worker, ref sweep);
        }
        else
        {
            _product.Compute<TLanes, NormReluEpilogue>(tile, gradientPanel, worker, ref norms);
        }
    }

    private void KeepSums<TLanes>(int group, float* sums)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        double* partial = _partialSums + ((long)group * _x.Shape.C * 2);
        for (int i = 0; i < _x.Shape.C * 2; i++)
        {
            partial[i] = NormReluGradient.Total<TLanes>(sums + (i * TLanes.Count));
        }
    }
}
