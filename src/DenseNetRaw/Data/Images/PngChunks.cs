using System.Buffers.Binary;
using System.Text;

namespace DenseNetRaw.Data.Images;

/// <summary>
/// The chunks of a PNG file, with every length and checksum checked: header, palette, and where the compressed pixels
/// lie. https://www.w3.org/TR/png-3/
/// </summary>
internal readonly ref struct PngChunks
{
    private const int LengthAndName = 8;
    private const int Frame = LengthAndName + 4;
    private const int PaletteEntryBytes = 3;

    private PngChunks(PngHeader header, ReadOnlySpan<byte> palette, int dataOffset, int dataBytes)
    {
        Header = header;
        Palette = palette;
        (DataOffset, DataBytes) = (dataOffset, dataBytes);
    }

    /// <summary>The first bytes of every PNG file.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The IHDR chunk.</summary>
    public PngHeader Header { get; }

    /// <summary>Red, green and blue of each entry of the palette; empty if there is none.</summary>
    public ReadOnlySpan<byte> Palette { get; }

    /// <summary>Where the contents of the IDAT chunks begin, moved together.</summary>
    public int DataOffset { get; }

    /// <summary>Their length.</summary>
    public int DataBytes { get; }

    /// <summary>Reads the chunks up to IEND, and moves the contents of the IDAT chunks together in place.</summary>
    /// <exception cref="InvalidDataException">Something is not as PNG has it.</exception>
    public static PngChunks Read(Span<byte> file)
    {
        PngHeader? header = null;
        ReadOnlySpan<byte> palette = [];
        int dataOffset = 0, dataBytes = 0, dataEnd = 0;
        for (int at = Signature.Length; ;)
        {
            (string name, Range content) = Next(file, at);
            int begin = content.Start.Value, length = content.End.Value - begin;
            if (header is null != (name == "IHDR"))
                throw new InvalidDataException($"expected one IHDR chunk, the first, found {name} at byte {at}");
            switch (name)
            {
                case "IHDR":
                    header = PngHeader.Read(file[content]);
                    break;
                case "PLTE":
                    palette = dataOffset == 0 && palette.IsEmpty
                        ? CheckedPalette(file[content]) : throw OutOfOrder(name, at);
                    break;
                case "IDAT":
                    if (dataOffset != 0 && at != dataEnd)
                        throw OutOfOrder(name, at);
                    dataOffset = dataOffset == 0 ? begin : dataOffset;
                    file[content].CopyTo(file[(dataOffset + dataBytes)..]);
                    dataBytes += length;
                    dataEnd = at + Frame + length;
                    break;
                case "IEND":
                    return dataBytes > 0
                        ? new PngChunks(header!.Value, palette, dataOffset, dataBytes)
                        : throw new InvalidDataException("expected an IDAT chunk, found none");
                default:
                    // A capital says that the image cannot be understood without it.
                    if (char.IsAsciiLetterUpper(name[0]))
                        throw new InvalidDataException($"expected chunks that PNG knows, found {name} at byte {at}");
                    break;
            }

            at += Frame + length;
        }
    }

    /// <summary>The chunk at <paramref name="at"/>: its name and where its content lies.</summary>
    private static (string Name, Range Content) Next(ReadOnlySpan<byte> file, int at)
    {
        if (file.Length - at < Frame)
        {
            throw new InvalidDataException(
                $"expected chunks up to IEND, found the file's end after {file.Length} bytes");
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
        if (length > file.Length - at - Frame)
        {
            throw new InvalidDataException(
                $"expected a chunk of {length} bytes at byte {at}, found the file's end after {file.Length} bytes");
        }

        ReadOnlySpan<byte> named = file.Slice(at + 4, 4 + (int)length);
        uint found = BinaryPrimitives.ReadUInt32BigEndian(file[(at + LengthAndName + (int)length)..]);
        if (Crc32.Of(named) != found)
            throw new InvalidDataException($"expected the chunk at byte {at} to have its checksum, found another");
        ReadOnlySpan<byte> name = named[..4];
        foreach (byte letter in name)
        {
            if (!char.IsAsciiLetter((char)letter))
                throw new InvalidDataException($"expected a chunk's name at byte {at + 4}, found other than letters");
        }

        return (Encoding.ASCII.GetString(name), (at + LengthAndName)..(at + LengthAndName + (int)length));
    }

    private static ReadOnlySpan<byte> CheckedPalette(ReadOnlySpan<byte> palette) =>
        palette.Length is > 0 and <= 256 * PaletteEntryBytes && palette.Length % PaletteEntryBytes == 0
            ? palette
            : throw new InvalidDataException(
                $"expected a palette of 1 to 256 colours of {PaletteEntryBytes} bytes, found {palette.Length} bytes");

    private static InvalidDataException OutOfOrder(string name, int at) =>
        new($"expected PNG's order of chunks, found {name} at byte {at}");
}
