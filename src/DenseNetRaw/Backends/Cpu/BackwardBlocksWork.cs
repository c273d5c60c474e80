using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// The backward pass of a convolution in blocks of input channels, which have nothing to do with each other: where the
/// pixels make few tiles, blocks make work for all threads without a partial sum of all weights for each of them.
/// </summary>
internal readonly unsafe struct BackwardBlocksWork : IWork
{
    /// <summary>The most blocks that there are.</summary>
    public const int Most = 8;

    /// <summary>Tiles times blocks that are enough for all cores to have some.</summary>
    private const int WantedItems = 16;

    /// <summary>Channels of the smallest block.</summary>
    private const int SmallestBlock = 48;

    /// <summary>Blocks have whole panels of rows.</summary>
    private const int Panel = 12;

    private readonly ConvolutionBackwardWork* _blocks;
    private readonly int _channels, _channelsOfBlock;

    /// <summary>Divides the channels of x.</summary>
    /// <param name="blocks">Receives the work of each block; room for <see cref="Most"/>.</param>
    /// <param name="x">The input.</param>
    /// <param name="isNormalised">Whether it was normalised; else the weight gradient alone is wanted.</param>
    /// <param name="norms">What its channels are normalised with.</param>
    /// <param name="dy">The output's gradient.</param>
    /// <param name="window">The window.</param>
    /// <param name="dx">Receives the input's gradient, with norms.</param>
    /// <param name="stores">Whether dx is stored rather than added to.</param>
    /// <param name="call">Vectors and threads.</param>
    /// <param name="workspace">Where everything else goes.</param>
    public BackwardBlocksWork(
        ConvolutionBackwardWork* blocks, Planes x, bool isNormalised, ChannelNorm* norms, Planes dy, Window window,
        Planes dx, bool stores, CpuCall call, ref WorkspaceArea workspace)
    {
        _blocks = blocks;
        _channels = x.Shape.C;
        int floats = PanelLayout.FloatsOfPixel(dy.Shape.C, window);
        int tiles = new Tiling(dy.Shape, floats, Tiling.SmallestOfBackward).Count;
        int wanted = Math.Clamp(Math.Min(WantedItems / tiles, _channels / SmallestBlock), 1, Most);
        _channelsOfBlock = wanted == 1 ? _channels : (((_channels + wanted - 1) / wanted) + Panel - 1) / Panel * Panel;
        for (int first = 0; first < _channels; first += _channelsOfBlock, Count++)
        {
            int count = Math.Min(_channelsOfBlock, _channels - first);
            Planes from = x.Channels(first, count);
            blocks[Count] = isNormalised
                ? new ConvolutionBackwardWork(
                    from, norms + first, dy, window, dx.Channels(first, count), stores, call, ref workspace)
                : new ConvolutionBackwardWork(from, dy, window, call, ref workspace);
            Items += blocks[Count].Items;
        }
    }

    /// <summary>How many blocks there are.</summary>
    public int Count { get; }

    /// <summary>How many items there are.</summary>
    public int Items { get; }

    /// <summary>The work of a block.</summary>
    public ref readonly ConvolutionBackwardWork this[int block] => ref _blocks[block];

    /// <summary>A block's channels of a tensor that has the input's.</summary>
    public Planes ChannelsOf(int block, Planes tensor)
    {
        int first = block * _channelsOfBlock;
        return tensor.Channels(first, Math.Min(_channelsOfBlock, _channels - first));
    }

    /// <summary>The sums of channel c: see <see cref="ConvolutionBackwardWork.SumsOf"/>.</summary>
    public (double Sum, double Centred) SumsOf(int c) => _blocks[c / _channelsOfBlock].SumsOf(c % _channelsOfBlock);

    /// <inheritdoc/>
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        ConvolutionBackwardWork* block = _blocks;
        for (; item >= block->Items; block++)
        {
            item -= block->Items;
        }

        block->Run<TLanes>(item, worker);
    }
}
