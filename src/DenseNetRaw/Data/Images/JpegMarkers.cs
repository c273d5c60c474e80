using System.Buffers.Binary;

namespace DenseNetRaw.Data.Images;

/// <summary>
/// What the markers of a JPEG file say without decoding it: that there is an image of a size that may be read, and that
/// the file goes on to the marker of its end. https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B
/// </summary>
internal static class JpegMarkers
{
    private const byte Prefix = 0xFF, StartOfScan = 0xDA, EndOfImage = 0xD9;

    /// <summary>Most files end with the marker, some with padding or notes of their own after it.</summary>
    private const int TailBytes = 256;

    /// <summary>Fails unless the file is one image from its first marker to its last.</summary>
    /// <param name="file">Can be sought; begins with the signature.</param>
    /// <exception cref="InvalidDataException">It is not, or is of an impossible size.</exception>
    public static void Check(Stream file)
    {
        file.Position = JpegDecoder.Signature.Length - 1;
        try
        {
            CheckSize(file);
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException(
                $"expected a JPEG image's size, found the file's end after {file.Length} bytes", e);
        }

        long begin = file.Position;
        if (!HasEnd(file, Math.Max(begin, file.Length - TailBytes)) && !HasEnd(file, begin))
        {
            throw new InvalidDataException(
                $"expected a JPEG image up to its end marker, found the file's end after {file.Length} bytes");
        }
    }

    private static void CheckSize(Stream file)
    {
        Span<byte> frame = stackalloc byte[5];
        while (true)
        {
            int marker = Next(file);
            if (marker is StartOfScan or EndOfImage)
                throw new InvalidDataException("expected a JPEG image with its size before its pixels, found none");
            if (marker is 0 or 1 or (>= 0xD0 and <= 0xD8))
                continue;
            file.ReadExactly(frame[..2]);
            int left = BinaryPrimitives.ReadUInt16BigEndian(frame) - 2;
            if (IsFrame(marker))
            {
                file.ReadExactly(frame);
                DecodedImage.RequireSize(
                    BinaryPrimitives.ReadUInt16BigEndian(frame[1..]), BinaryPrimitives.ReadUInt16BigEndian(frame[3..]));
                return;
            }

            file.Position += Math.Max(left, 0);
        }
    }

    /// <summary>SOF0 to SOF15 but for DHT, JPG and DAC, which lie between them.</summary>
    private static bool IsFrame(int marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    /// <summary>The next marker; bytes before it mean nothing, as libjpeg has it.</summary>
    private static int Next(Stream file)
    {
        while (ReadByte(file) != Prefix)
        {
        }

        int marker;
        do
        {
            marker = ReadByte(file);
        }
        while (marker == Prefix);
        return marker;
    }

    private static int ReadByte(Stream file) => file.ReadByte() is >= 0 and int value
        ? value
        : throw new EndOfStreamException();

    /// <summary>Among pixels the two bytes cannot stand: there 0 follows 0xFF.</summary>
    private static bool HasEnd(Stream file, long begin)
    {
        byte[] rest = new byte[file.Length - begin];
        file.Position = begin;
        file.ReadExactly(rest);
        return rest.AsSpan().IndexOf([Prefix, EndOfImage]) >= 0;
    }
}
