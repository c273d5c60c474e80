using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// A product over all tiles with its result stored or added: a convolution, with norm-relu on its way in or without, or
/// a data gradient. One item is one tile.
/// </summary>
internal readonly unsafe struct ConvolutionWork : IWork
{
    private readonly Planes _from, _to;
    private readonly ChannelNorm* _norms;
    private readonly Tiling _tiling;
    private readonly Product _product;
    private readonly float* _panels;
    private readonly bool _adds;

    private ConvolutionWork(
        Planes from, PanelLayout layout, Tiling tiling, ChannelNorm* norms, Planes to, bool adds, CpuCall call,
        ref WorkspaceArea constants, ref WorkspaceArea workspace)
    {
        (_from, _to, _adds, _tiling) = (from, to, adds, tiling);
        _norms = norms;
        _product = new Product(layout, to.Shape.C, call.Lanes, call.Threads, ref constants, ref workspace);
        _panels = workspace.Take<float>(call.Threads * layout.Floats);
    }

    /// <summary>How many items there are.</summary>
    public int Items => _tiling.Count;

    /// <summary>The product that its weights must be packed for.</summary>
    public Product Product => _product;

    /// <summary>What each channel of the input is normalised with, or null.</summary>
    public ChannelNorm* Norms => _norms;

    /// <summary>y = x ∗ w, or y = relu(norm(x)) ∗ w.</summary>
    public static ConvolutionWork Forward(
        Planes x, bool isNormalised, Window window, Planes y, CpuCall call, ref WorkspaceArea constants,
        ref WorkspaceArea workspace)
    {
        int smallest = call.Threads == 1 ? Tiling.SmallestOfThread : Tiling.SmallestOfProduct;
        Tiling tiling = new(y.Shape, PanelLayout.FloatsOfPixel(x.Shape.C, window), smallest);
        PanelLayout layout = PanelLayout.OfInput(x.Shape, y.Shape, window, tiling.Largest, call.Lanes);
        ChannelNorm* norms = isNormalised ? constants.Take<ChannelNorm>(x.Shape.C) : null;
        return new ConvolutionWork(x, layout, tiling, norms, y, false, call, ref constants, ref workspace);
    }

    /// <summary>dx = or += the data gradient of dy.</summary>
    public static ConvolutionWork BackwardData(
        Planes dy, Window window, Planes dx, bool stores, CpuCall call, ref WorkspaceArea workspace)
    {
        Tiling tiling = new(dx.Shape, PanelLayout.FloatsOfPixel(dy.Shape.C, window), Tiling.SmallestOfProduct);
        PanelLayout layout = PanelLayout.OfGradient(dy.Shape, dx.Shape, window, tiling.Largest, call.Lanes);
        return new ConvolutionWork(dy, layout, tiling, null, dx, !stores, call, ref workspace, ref workspace);
    }

    /// <inheritdoc/>
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        Tile tile = _tiling[item];
        float* panel = _panels + (worker * _product.Layout.Floats);
        PanelPacking.Pack<TLanes>(_product.Layout, _from, tile, _norms, panel);
        OutputEpilogue epilogue = new(_to, _adds);
        _product.Compute<TLanes, OutputEpilogue>(tile, panel, worker, ref epilogue);
    }
}
