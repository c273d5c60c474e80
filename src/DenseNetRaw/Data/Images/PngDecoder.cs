using System.IO.Compression;

namespace DenseNetRaw.Data.Images;

/// <summary>
/// Decodes PNG images of every kind into [H, W, 3]: 16-bit samples keep their high byte, grey stands in all channels,
/// transparency is left out, as PIL's <c>convert("RGB")</c> does. https://www.w3.org/TR/png-3/
/// </summary>
internal sealed class PngDecoder
{
    /// <summary>No byte of deflated data gives more than so many (RFC 1951: 258 for two bits).</summary>
    private const long LargestExpansion = 1032;

    // First column and row, and steps between columns and rows, of each pass of Adam7.
    private static readonly (int Left, int Top, int Across, int Down)[] Passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    private static readonly (int Left, int Top, int Across, int Down)[] OnePass = [(0, 0, 1, 1)];
    private byte[] _row = [], _above = [];

    /// <summary>Decodes a file that begins with <see cref="PngChunks.Signature"/>.</summary>
    /// <param name="buffer">The file; its chunks are moved.</param>
    /// <param name="length">Bytes of the file.</param>
    /// <param name="image">Takes the pixels.</param>
    /// <exception cref="InvalidDataException">Something is not as PNG has it.</exception>
    public void Decode(byte[] buffer, int length, DecodedImage image)
    {
        PngChunks chunks = Check(buffer.AsSpan(0, length));
        PngHeader header = chunks.Header;
        image.Resize(header.Height, header.Width);
        int rowBytes = header.RowBytes(header.Width);
        if (_row.Length < rowBytes)
            (_row, _above) = (new byte[rowBytes], new byte[rowBytes]);
        using MemoryStream data = new(buffer, chunks.DataOffset, chunks.DataBytes);
        using ZLibStream stream = new(data, CompressionMode.Decompress);
        foreach ((int Left, int Top, int Across, int Down) pass in header.IsInterlaced ? Passes : OnePass)
            ReadPass(stream, header, chunks.Palette, pass, image);

        // One more byte makes the stream check the checksum behind its last one; more bytes than needed do no harm.
        Inflate(stream, stackalloc byte[1]);
    }

    /// <summary>Reads the chunks and inflates nothing.</summary>
    /// <param name="file">Begins with <see cref="PngChunks.Signature"/>; its chunks are moved.</param>
    /// <exception cref="InvalidDataException">Something is not as PNG has it.</exception>
    public static PngChunks Check(Span<byte> file)
    {
        PngChunks chunks = PngChunks.Read(file);
        if (chunks.Header.ColorType == PngHeader.Palette && chunks.Palette.IsEmpty)
            throw new InvalidDataException("expected a palette before the pixels, found none");
        RequireEnough(chunks.Header, chunks.DataBytes);
        return chunks;
    }

    /// <summary>Fills the buffer as far as the data goes; how far.</summary>
    private static int Inflate(ZLibStream stream, Span<byte> to)
    {
        try
        {
            return stream.ReadAtLeast(to, to.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new InvalidDataException("expected pixels that zlib compressed, found other data", e);
        }
    }

    private static void RequireEnough(PngHeader header, int dataBytes)
    {
        long least = (long)header.Height * header.RowBytes(header.Width);
        if (least / LargestExpansion > dataBytes)
        {
            throw new InvalidDataException(
                $"expected at least {least / LargestExpansion} bytes of pixels for {header.Width} × {header.Height}, "
                + $"found {dataBytes}");
        }
    }

    private void ReadPass(
        ZLibStream stream,
        PngHeader header,
        ReadOnlySpan<byte> palette,
        (int Left, int Top, int Across, int Down) pass,
        DecodedImage image)
    {
        int columns = (header.Width - pass.Left + pass.Across - 1) / pass.Across;
        if (columns <= 0)
            return;
        int bytes = header.RowBytes(columns);
        _above.AsSpan(0, bytes).Clear();
        Span<byte> filter = stackalloc byte[1];
        for (int y = pass.Top; y < header.Height; y += pass.Down)
        {
            Span<byte> row = _row.AsSpan(0, bytes);
            if (Inflate(stream, filter) < 1 || Inflate(stream, row) < bytes)
                throw new InvalidDataException($"expected {header.Height} rows of pixels, found the end in row {y}");
            PngFilter.Undo(filter[0], row, _above, header.FilterStride);
            Span<byte> to = image.Pixels.AsSpan(
                ImageDataset.Channels * ((y * header.Width) + pass.Left),
                ImageDataset.Channels * (((columns - 1) * pass.Across) + 1));
            Store(row, header, palette, columns, ImageDataset.Channels * pass.Across, to);
            (_row, _above) = (_above, _row);
        }
    }

    /// <summary>Stores a row as red, green, blue, each pixel <paramref name="step"/> bytes after the last.</summary>
    private static void Store(
        ReadOnlySpan<byte> row, PngHeader header, ReadOnlySpan<byte> palette, int columns, int step, Span<byte> to)
    {
        if (header.BitDepth < 8 || header.ColorType == PngHeader.Palette)
        {
            StoreSmall(row, header, palette, columns, step, to);
            return;
        }

        int sample = header.BitDepth / 8, from = header.Samples * sample;
        (int green, int blue) = header.Samples >= ImageDataset.Channels ? (sample, 2 * sample) : (0, 0);
        for (int x = 0; x < columns; x++)
        {
            int at = x * from;
            to[x * step] = row[at];
            to[(x * step) + 1] = row[at + green];
            to[(x * step) + 2] = row[at + blue];
        }
    }

    /// <summary>Of one sample a pixel, in up to 8 bits: a shade of grey or a place in the palette.</summary>
    private static void StoreSmall(
        ReadOnlySpan<byte> row, PngHeader header, ReadOnlySpan<byte> palette, int columns, int step, Span<byte> to)
    {
        int bits = header.BitDepth, largest = (1 << bits) - 1;
        for (int x = 0; x < columns; x++)
        {
            int bit = x * bits;
            int value = (row[bit >> 3] >> (8 - bits - (bit & 7))) & largest;
            Span<byte> pixel = to.Slice(x * step, ImageDataset.Channels);
            if (header.ColorType != PngHeader.Palette)
                pixel.Fill((byte)(value * (byte.MaxValue / largest)));
            else if (ImageDataset.Channels * value < palette.Length)
                palette.Slice(ImageDataset.Channels * value, ImageDataset.Channels).CopyTo(pixel);
            else
                throw new InvalidDataException($"expected places in a palette of {palette.Length / 3}, found {value}");
        }
    }
}
