using DenseNetRaw.Autograd;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>
/// Blocks and threads of a launch by the convention of kernels/common.cuh: threads (X, Y), X along groups of channels
/// and Y along pixels; blocks (P, T), the P dividing the pixels and the T taking turns with the groups.
/// </summary>
/// <param name="Grid">Blocks.</param>
/// <param name="Block">Threads of a block.</param>
internal readonly record struct LaunchShape(Extent3 Grid, Extent3 Block)
{
    /// <summary>Rows of blocks at most: one counter each.</summary>
    public const int MostTiles = 256;

    private const int Threads = 256;
    private const int WidestRow = 32;
    private const int PixelsOfASum = 64;
    private const int MostSums = 256;
    private const int WarpsOfTheLoss = 8;
    private const int MostDescents = 2048;

    // The tiles of kernels/fused_product.cuh, and how many blocks of them fill a large device once.
    private const int TileRows = 128;
    private const int TileColumns = 64;
    private const int TileSide = 16;
    private const int WeightBlocks = 256;

    // How many blocks keep a multiprocessor busy: 2048 threads are eight, and for a sum fewer partial sums are better.
    private const int BlocksOfAMultiprocessor = 8;
    private const int SumsOfAMultiprocessor = 2;

    /// <summary>The images of a batch, a warp each (kernels/softmax_cross_entropy.cu).</summary>
    public static LaunchShape OfLoss(int images) =>
        new(new Extent3((uint)LossBlocks(images)), new Extent3(WidestRow, WarpsOfTheLoss));

    /// <summary>Numbers in a row.</summary>
    public static LaunchShape OfRun(long count, int multiprocessors) => new(
        new Extent3((uint)Math.Clamp(Divided(count, Threads), 1, BlocksOfAMultiprocessor * multiprocessors)),
        new Extent3(Threads));

    /// <summary>Parameters, each by itself, and a sum over them of which each block leaves a part.</summary>
    public static LaunchShape OfDescent(long count, int multiprocessors) =>
        OfRun(Math.Min(count, (long)Threads * MostDescents), multiprocessors);

    /// <summary>Bytes of the parts that any device may leave of a sum over so many parameters.</summary>
    public static long BytesOfSquares(long count) => sizeof(float) * Math.Min(Divided(count, Threads), MostDescents);

    /// <summary>Pixels and channels, each element by itself.</summary>
    public static LaunchShape Over(Extent extent, int width, int multiprocessors)
    {
        (int across, int tiles) = Across(extent.Channels, width);
        int along = Along(extent.Pixels, across);
        long blocks = Divided(extent.Pixels, along);
        long most = Math.Max(1, (long)BlocksOfAMultiprocessor * multiprocessors / tiles);
        return new(new Extent3((uint)Math.Clamp(blocks, 1, most), (uint)tiles), new Extent3((uint)across, (uint)along));
    }

    /// <summary>Sums over pixels.</summary>
    public static LaunchShape OfSums(Extent extent, int width, int multiprocessors)
    {
        (int across, int tiles) = Across(extent.Channels, width);
        long blocks = Math.Min(Sums(extent.Pixels), SumsOfAMultiprocessor * multiprocessors);
        int along = Along(Divided(extent.Pixels, blocks), across);
        return new(new Extent3((uint)blocks, (uint)tiles), new Extent3((uint)across, (uint)along));
    }

    /// <summary>
    /// A fused product, one row a pixel, all of whose blocks run at once, so that those of the same pixels share the
    /// cache; as few partial sums as those of <see cref="OfSums"/> at most.
    /// </summary>
    public static LaunchShape OfProduct(long pixels, int columns, int multiprocessors)
    {
        long across = Math.Min(Divided(columns, TileColumns), MostTiles);
        long tiles = Math.Max(1, Divided(pixels, TileRows));
        long most = Math.Clamp(SumsOfAMultiprocessor * multiprocessors / across, 1, MostSums);
        long blocks = Divided(tiles, Divided(tiles, most));
        return new(new Extent3((uint)blocks, (uint)across), new Extent3(TileSide, TileSide));
    }

    /// <summary>
    /// The weight gradient [columns, rows] of a fused product, in parts that depend on no device, so that its bits do
    /// not either.
    /// </summary>
    public static LaunchShape OfProductWeights(long pixels, int rows, int columns)
    {
        long tiles = Divided(rows, TileRows) * Divided(columns, TileColumns);
        long parts = Math.Clamp(WeightBlocks / tiles, 1, Math.Max(1, Divided(pixels, TileRows)));
        return new(new Extent3((uint)parts, (uint)tiles), new Extent3(TileSide, TileSide));
    }

    /// <summary>Bytes of partial sums that any device may leave, for sums over the pixels of x or a loss.</summary>
    public static long BytesOfPartialSums(Shape x) =>
        2 * sizeof(float) * Math.Max(Sums((long)x.N * x.Plane) * x.C, LossBlocks(x.N));

    private static long Sums(long pixels) => Math.Clamp(Divided(pixels, PixelsOfASum), 1, MostSums);

    private static int LossBlocks(int images) => (images + WarpsOfTheLoss - 1) / WarpsOfTheLoss;

    private static (int Across, int Tiles) Across(int channels, int width)
    {
        int groups = (channels + width - 1) / width, across = 1;
        while (across < groups && across < WidestRow)
        {
            across *= 2;
        }

        return (across, Math.Min((groups + across - 1) / across, MostTiles));
    }

    private static int Along(long pixels, int across)
    {
        int along = 1;
        while (along < pixels && along * across < Threads)
        {
            along *= 2;
        }

        return along;
    }

    private static long Divided(long count, long by) => (count + by - 1) / by;
}
