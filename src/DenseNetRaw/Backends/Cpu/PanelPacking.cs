using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// Copies a tile of an image batch into the order of a <see cref="PanelLayout"/>, through norm-relu where wanted.
/// </summary>
internal static unsafe class PanelPacking
{
    /// <summary>Packs all channels of x over the rows and images that the tile's window positions meet.</summary>
    /// <param name="layout">Where each pixel goes.</param>
    /// <param name="x">The source.</param>
    /// <param name="tile">The pixels of the output.</param>
    /// <param name="norms">What each channel is normalised with, or null.</param>
    /// <param name="panel">Receives every element that counts for a kernel, zeros among them.</param>
    public static void Pack<TLanes>(in PanelLayout layout, Planes x, Tile tile, ChannelNorm* norms, float* panel)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if (layout.IsPlain)
        {
            PackPlain<TLanes>(layout, x, tile, norms, panel);
            return;
        }

        if (layout.IsPaired)
        {
            PackPairs<TLanes>(layout, x, tile, norms, panel);
            return;
        }

        int end = tile.Images * layout.ImageStride;
        for (int c = 0; c < layout.Source.C; c++)
        {
            ChannelNorm* norm = norms == null ? null : norms + c;
            for (int s = 0; s < layout.Copies; s++, panel += layout.Segment)
            {
                for (int i = 0; i < tile.Images; i++)
                {
                    float* plane = x.Plane(tile.FirstImage + i, c);
                    PackSorted<TLanes>(layout, plane, tile.FirstRow, s, norm, panel + (i * layout.ImageStride));
                }

                Clear<TLanes>(panel + end, PanelLayout.Overread);
            }
        }
    }

    /// <summary>A window of one pixel: runs of pixels, one after another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackPlain<TLanes>(in PanelLayout layout, Planes x, Tile tile, ChannelNorm* norms, float* panel)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int first = tile.FirstRow * layout.OutputWidth, run = tile.Rows * layout.OutputWidth, segment = layout.Segment;
        int channels = layout.Source.C, end = tile.Images * run;
        for (int c = 0; c < channels; c++, panel += segment)
        {
            ChannelNorm* norm = norms == null ? null : norms + c;
            for (int i = 0; i < tile.Images; i++)
            {
                Copy<TLanes>(x.Plane(tile.FirstImage + i, c) + first, run, norm, panel + (i * run));
            }

            Clear<TLanes>(panel + end, PanelLayout.Overread);
        }
    }

    /// <summary>Pairs of rows: a channel's rows go through norm-relu to staging, and from there are combined.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackPairs<TLanes>(in PanelLayout layout, Planes x, Tile tile, ChannelNorm* norms, float* panel)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int width = layout.OutputWidth, stride = layout.RowStride, left = layout.ColumnPadding;
        int pairs = RowPairs.Of(tile.Rows), rows = (2 * pairs) + 2, first = tile.FirstRow - layout.RowPadding;
        int above = Math.Clamp(-first, 0, rows), below = Math.Clamp(first + rows - layout.Source.H, 0, rows - above);
        int run = (rows - above - below) * width, lines = tile.Images * pairs;
        float* staging = panel + ((long)layout.Source.C * layout.Segment), inside = staging + (above * width);
        Clear<TLanes>(staging, above * width);
        Clear<TLanes>(inside + run, below * width);
        for (int c = 0; c < layout.Source.C; c++, panel += layout.Segment)
        {
            ChannelNorm* norm = norms == null ? null : norms + c;
            for (int i = 0; i < tile.Images; i++)
            {
                Copy<TLanes>(x.Plane(tile.FirstImage + i, c) + ((first + above) * width), run, norm, inside);
                float* to = panel + (i * pairs * stride) + left;
                RowPairs.OfInput<TLanes>(staging, pairs, width, to, layout.ComponentStride, stride);
            }

            for (int component = 0; component < RowPairs.Components; component++)
            {
                float* to = panel + (component * layout.ComponentStride);
                ClearPadding(to, lines, stride, left, width);
                Clear<TLanes>(to + (lines * stride), PanelLayout.Overread);
            }
        }
    }

    /// <summary>What lies on the left of the first row, and from the end of each row to the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ClearPadding(float* to, int rows, int stride, int left, int width)
    {
        for (int q = 0; q < left; q++)
        {
            to[q] = 0;
        }

        for (float* gap = to + left + width; rows > 0; rows--, gap += stride)
        {
            for (int q = 0; q < stride - width; q++)
            {
                gap[q] = 0;
            }
        }
    }

    private static void PackSorted<TLanes>(
        in PanelLayout layout, float* plane, int firstRow, int s, ChannelNorm* norm, float* to)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        (int remainders, int rows) = layout.Sorting;
        for (int remainder = 0; remainder < remainders; remainder++)
        {
            for (int i = 0; i < rows; i++)
            {
                int row = ((firstRow + i) * layout.Window.Stride) + remainder - layout.RowPadding;
                PackRow<TLanes>(layout, plane, row, s, norm, to);
                to += layout.OutputWidth;
            }
        }
    }

    /// <summary>One row, given in the coordinates of the (dilated) source; what the source has not is zero.</summary>
    private static void PackRow<TLanes>(
        in PanelLayout layout, float* plane, int row, int s, ChannelNorm* norm, float* to)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int stride = layout.Window.Stride, dilation = layout.Dilation, moved = s - layout.ColumnPadding;
        Clear<TLanes>(to, layout.OutputWidth);
        if (row < 0 || row % dilation != 0 || row / dilation >= layout.Source.H)
        {
            return;
        }

        float* from = plane + (row / dilation * layout.Source.W);
        if (dilation == 1)
        {
            (int first, int end) = ColumnsInside(layout, moved);
            if (stride == 1)
            {
                Copy<TLanes>(from + first + moved, end - first, norm, to + first);
                return;
            }

            for (int q = first; q < end; q++)
            {
                to[q] = from[(q * stride) + moved];
            }

            if (norm != null)
            {
                Copy<TLanes>(to + first, end - first, norm, to + first);
            }

            return;
        }

        for (int q = 0; q < layout.OutputWidth; q++)
        {
            int column = (q * stride) + moved;
            if (column >= 0 && column % dilation == 0 && column / dilation < layout.Source.W)
            {
                to[q] = from[column / dilation];
            }
        }
    }

    /// <summary>The columns of a packed row (of no dilation) that come from the source, not from the padding.</summary>
    private static (int First, int End) ColumnsInside(in PanelLayout layout, int moved)
    {
        int stride = layout.Window.Stride, last = layout.Source.W - 1 - moved;
        int first = Math.Min(layout.OutputWidth, moved >= 0 ? 0 : (-moved + stride - 1) / stride);
        int end = last < 0 ? 0 : Math.Min(layout.OutputWidth, (last / stride) + 1);
        return (first, Math.Max(first, end));
    }

    /// <summary>Zeros, and up to a vector too many, where nothing lies yet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Clear<TLanes>(float* to, int count)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        for (int p = 0; p < count; p += TLanes.Count)
        {
            TLanes.Store(default, to + p);
        }
    }

    private static void Copy<TLanes>(float* from, int count, ChannelNorm* norm, float* to)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if (norm == null)
        {
            new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));
        }
        else
        {
            Affine.NormRelu<TLanes>(from, count, *norm, to);
        }
    }
}
