using System.Buffers.Binary;

namespace DenseNetRaw.Data.Images;

/// <summary>PNG's IHDR chunk: size, bits of a sample, what the samples are, and whether rows are interlaced.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="BitDepth">Bits of a sample: 1, 2, 4, 8 or 16.</param>
/// <param name="ColorType">0 grey, 2 colour, 3 places in a palette, 4 grey and alpha, 6 colour and alpha.</param>
/// <param name="IsInterlaced">Whether the pixels come in Adam7's seven passes.</param>
internal readonly record struct PngHeader(int Width, int Height, int BitDepth, int ColorType, bool IsInterlaced)
{
    /// <summary>Bytes of the chunk.</summary>
    public const int Bytes = 13;

    /// <summary>The colour type of places in a palette.</summary>
    public const int Palette = 3;

    /// <summary>Samples of a pixel.</summary>
    public int Samples => ColorType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    /// <summary>Bytes from a sample to the same of the pixel before it, which filters look back; at least 1.</summary>
    public int FilterStride => Math.Max(1, Samples * BitDepth / 8);

    /// <summary>Bytes of a row of so many pixels, without the byte that names its filter.</summary>
    public int RowBytes(int pixels) => (int)((((long)pixels * Samples * BitDepth) + 7) / 8);

    /// <summary>Reads the chunk.</summary>
    /// <exception cref="InvalidDataException">It describes no image that PNG allows.</exception>
    public static PngHeader Read(ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length != Bytes)
            throw new InvalidDataException($"expected an IHDR chunk of {Bytes} bytes, found {chunk.Length}");

        uint width = BinaryPrimitives.ReadUInt32BigEndian(chunk),
            height = BinaryPrimitives.ReadUInt32BigEndian(chunk[4..]);
        (int bits, int color, int interlace) = (chunk[8], chunk[9], chunk[12]);
        DecodedImage.RequireSize(height, width);
        bool isAllowed = color switch
        {
            0 => bits is 1 or 2 or 4 or 8 or 16,
            Palette => bits is 1 or 2 or 4 or 8,
            2 or 4 or 6 => bits is 8 or 16,
            _ => false,
        };
        if (!isAllowed || chunk[10] != 0 || chunk[11] != 0 || interlace > 1)
        {
            throw new InvalidDataException(
                $"expected a kind of image that PNG knows, found colour type {color} of {bits} bits, compression "
                + $"{chunk[10]}, filters {chunk[11]}, interlacing {interlace}");
        }

        return new PngHeader((int)width, (int)height, bits, color, interlace == 1);
    }
}
