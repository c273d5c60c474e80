using System.Globalization;
using DenseNetRaw.RandomNumbers;

namespace DenseNetRaw.Data;

/// <summary>
/// Makes any batch of any epoch. Which image, crop and flip is a function of (seed, epoch, index of the image) alone.
/// </summary>
internal sealed class BatchAssembler
{
    /// <summary>Black pixels on each side before the crop.</summary>
    private const int Padding = 4;

    private const int Levels = byte.MaxValue + 1;

    private readonly ImageDataset _dataset;
    private readonly BatchOptions _options;
    private readonly float[] _table;
    private readonly int[] _order;
    private readonly byte[] _decoded;
    private int _epoch;

    public BatchAssembler(ImageDataset dataset, BatchOptions options)
    {
        if (options.BatchSize < 1 || options.BatchSize > dataset.Count)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"--batch-size must be at least 1 and at most {dataset.Count:N0}, the images of '{dataset.Name}', "
                + $"found {options.BatchSize:N0}"));
        }

        _dataset = dataset;
        _options = options;
        _table = (options.Normalization ?? dataset.Normalization).Table();
        _order = new int[dataset.Count];
        _decoded = dataset.Files is null || options.IsRaw
            ? []
            : new byte[checked(options.BatchSize * dataset.ImageBytes)];
    }

    /// <summary>The batches of an epoch, the last and perhaps smaller one included.</summary>
    public int BatchesPerEpoch => (_dataset.Count + _options.BatchSize - 1) / _options.BatchSize;

    /// <summary>Buffers for a batch.</summary>
    public Batch NewBatch() => new(
        _options.BatchSize, _dataset,
        _options.IsRaw ? new RawImages(_options.BatchSize, _dataset, _table, _options) : null);

    /// <summary>Sets the epoch whose batches <see cref="Assemble"/> makes.</summary>
    public void SetEpoch(int epoch)
    {
        _epoch = epoch;
        if (_options.Shuffle)
            Permutation.Fill(_order, _options.Seed, RandomStreams.Shuffle, (uint)epoch);
        else
            Permutation.Identity(_order);
    }

    /// <summary>Fills <paramref name="batch"/> with batch <paramref name="number"/> (from 0) of the epoch.</summary>
    public void Assemble(int number, Batch batch)
    {
        int first = number * _options.BatchSize;
        batch.Count = Math.Min(_options.BatchSize, _dataset.Count - first);
        if (_dataset.Files is { } files)
        {
            Decode(files, first, batch);
            return;
        }

        for (int i = 0; i < batch.Count; i++)
        {
            int index = _order[first + i];
            batch.Labels[i] = _dataset.Labels[index];
            if (batch.Raw is { } raw)
            {
                raw.Epoch = (uint)_epoch;
                raw.Indices[i] = index;
                _dataset.Image(index).CopyTo(raw.Bytes.AsSpan(i * _dataset.ImageBytes));
            }
            else
            {
                Normalize(index, batch.Pixels.AsSpan(i * _dataset.ImageBytes, _dataset.ImageBytes));
            }
        }
    }

    /// <summary>Likewise with images in files, which are cropped and flipped as they are decoded.</summary>
    private void Decode(ImageFiles files, int first, Batch batch)
    {
        ReadOnlyMemory<int> indices = _order.AsMemory(first, batch.Count);
        for (int i = 0; i < batch.Count; i++)
            batch.Labels[i] = _dataset.Labels[_order[first + i]];
        if (batch.Raw is { } raw)
        {
            raw.Epoch = (uint)_epoch;
            indices.CopyTo(raw.Indices);
            files.Read(indices, raw.Bytes, _options, (uint)_epoch, store: null);
        }
        else
        {
            files.Read(indices, _decoded, _options, (uint)_epoch, i => NormalizeDecoded(i, batch.Pixels));
        }
    }

    /// <summary>x[n, c, h, w] = table[c, image n of the batch[c, h, w]].</summary>
    private void NormalizeDecoded(int n, float[] x)
    {
        int plane = _dataset.Height * _dataset.Width;
        for (int channel = 0; channel < ImageDataset.Channels; channel++)
        {
            int at = (n * _dataset.ImageBytes) + (channel * plane);
            ReadOnlySpan<float> table = _table.AsSpan(channel * Levels, Levels);
            ReadOnlySpan<byte> from = _decoded.AsSpan(at, plane);
            Span<float> to = x.AsSpan(at, plane);
            for (int i = 0; i < plane; i++)
                to[i] = table[from[i]];
        }
    }

    private void Normalize(int index, Span<float> x)
    {
        if (_options.Augmentation == Augmentation.None)
        {
            Crop(index, 0, 0, flip: false, x);
            return;
        }

        (uint row, uint column, uint flip, _) =
            Philox.Draw(_options.Seed, (ulong)index, RandomStreams.Augmentation, (uint)_epoch);
        Crop(index, Shift(row), Shift(column), flip < 1U << 31, x);
    }

    /// <summary>−4 … 4, equally likely.</summary>
    private static int Shift(uint word) => (int)(((ulong)word * ((2 * Padding) + 1)) >> 32) - Padding;

    /// <summary>
    /// x[c, h, w] = table[c, image[c, h + down, w' + right]], black outside the image; w' = W − 1 − w when flipped.
    /// </summary>
    private void Crop(int index, int down, int right, bool flip, Span<float> x)
    {
        ReadOnlySpan<byte> image = _dataset.Image(index);
        int height = _dataset.Height, width = _dataset.Width;
        for (int channel = 0; channel < ImageDataset.Channels; channel++)
        {
            ReadOnlySpan<float> table = _table.AsSpan(channel * Levels, Levels);
            for (int h = 0; h < height; h++)
            {
                Span<float> row = x.Slice(((channel * height) + h) * width, width);
                row.Fill(table[0]);
                if ((uint)(h + down) < (uint)height)
                    CropRow(image.Slice(((channel * height) + h + down) * width, width), table, right, row);
                if (flip)
                    row.Reverse();
            }
        }
    }

    private static void CropRow(ReadOnlySpan<byte> source, ReadOnlySpan<float> table, int right, Span<float> row)
    {
        int begin = Math.Max(0, -right);
        int end = Math.Min(row.Length, row.Length - right);
        for (int w = begin; w < end; w++)
            row[w] = table[source[w + right]];
    }
}
