using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace DenseNetRaw.Data;

/// <summary>
/// Reads arrays of numbers from a MATLAB file of level 5, perhaps compressed, one after the other; little-endian ones
/// alone. MathWorks, "MAT-File Level 5 File Format", R2024.
/// </summary>
internal sealed class MatlabFile : IDisposable
{
    /// <summary>No byte of deflated data gives more than so many (RFC 1951: 258 for two bits).</summary>
    private const long LargestExpansion = 1032;

    private const int HeaderBytes = 128;
    private const int TagBytes = 8;
    private const int MaximumSmallBytes = 1024;
    private const int TypeInt32 = 5, TypeUInt32 = 6, TypeMatrix = 14, TypeCompressed = 15;
    private const int Complex = 0x0800;

    private readonly string _path;
    private readonly FileStream _file;

    /// <summary>Opens the file and checks its header.</summary>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public MatlabFile(string path)
    {
        _path = path;
        _file = File.OpenRead(path);
        try
        {
            byte[] header = new byte[HeaderBytes];
            int read = _file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false);
            if (read < HeaderBytes || BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(124)) != 0x0100
                || header[126] != 'I' || header[127] != 'M')
            {
                throw Wrong(
                    "a little-endian MATLAB file of level 5", read < HeaderBytes ? $"{read} bytes" : "another kind");
            }
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Reads all variables, in their order.</summary>
    /// <param name="read">
    /// Told of each: its name, its extents, the type of its numbers, how many bytes they are, and a stream of them, of
    /// which it need not read all. The bytes are as many as the file can hold, so they may be allocated.
    /// </param>
    /// <exception cref="InvalidDataException">Something is not as the format has it.</exception>
    public void ReadVariables(Action<MatlabArray, Stream> read)
    {
        while (_file.Position < _file.Length)
        {
            if (_file.Length - _file.Position < TagBytes)
                throw Wrong($"a variable at byte {_file.Position}", $"{_file.Length - _file.Position} bytes");
            (int type, long bytes) = ReadTag(_file);
            long end = _file.Position + bytes;
            if (end > _file.Length)
            {
                throw Wrong(
                    $"a variable of {bytes} bytes at byte {_file.Position}", $"{_file.Length - _file.Position}");
            }

            if (type == TypeCompressed)
            {
                using ZLibStream inflated = new(_file, CompressionMode.Decompress, leaveOpen: true);
                Inflate(inflated, bytes, read);
            }
            else if (type == TypeMatrix)
            {
                ReadPlain(bytes, read);
            }

            _file.Position = end;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>A sentence that names the file.</summary>
    public InvalidDataException Wrong(string expected, string found) =>
        new($"{_path}: expected {expected}, found {found}.");

    private void Inflate(ZLibStream inflated, long compressedBytes, Action<MatlabArray, Stream> read)
    {
        try
        {
            (int type, long bytes) = ReadTag(inflated);
            if (type != TypeMatrix)
                throw Wrong("a compressed array", $"type {type}");
            if (bytes / LargestExpansion > compressedBytes)
                throw Wrong($"at most {LargestExpansion} times the {compressedBytes} bytes compressed", $"{bytes}");
            ReadMatrix(inflated, bytes, read);
        }
        catch (Exception e) when (IsFromZlib(e))
        {
            throw new InvalidDataException($"{_path}: expected variables that zlib compressed, found other data.", e);
        }
    }

    private void ReadPlain(long bytes, Action<MatlabArray, Stream> read)
    {
        try
        {
            ReadMatrix(_file, bytes, read);
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException($"{_path}: expected whole variables, found the file's end.", e);
        }
    }

    /// <summary>An error of the stream: those of this class name the file.</summary>
    private bool IsFromZlib(Exception error) =>
        error is IOException
        || (error is InvalidDataException && !error.Message.StartsWith(_path, StringComparison.Ordinal));

    private void ReadMatrix(Stream stream, long bytes, Action<MatlabArray, Stream> read)
    {
        byte[] flags = ReadSmall(stream, TypeUInt32, "array flags", ref bytes);
        if (flags.Length != 8)
            throw Wrong("array flags of 8 bytes", $"{flags.Length}");
        byte[] extents = ReadSmall(stream, TypeInt32, "extents", ref bytes);
        byte[] name = ReadSmall(stream, null, "a name", ref bytes);
        if ((BinaryPrimitives.ReadInt32LittleEndian(flags) & Complex) != 0)
            return;
        int[] dimensions = new int[extents.Length / sizeof(int)];
        for (int i = 0; i < dimensions.Length; i++)
            dimensions[i] = BinaryPrimitives.ReadInt32LittleEndian(extents.AsSpan(i * sizeof(int)));
        if (dimensions.Length < 2 || dimensions.Any(extent => extent < 0))
            throw Wrong("two or more extents", string.Join(" × ", dimensions));

        // Small data lie in the tag itself: at most four bytes, such as one label.
        (int type, long length, byte[]? inTag) = ReadElementTag(stream);
        bytes -= TagBytes;
        if (length > (inTag is null ? bytes : 4))
            throw Wrong($"numbers within an array of {bytes} bytes", $"{length} bytes of them");
        MatlabArray array = new(Encoding.ASCII.GetString(name), dimensions, type, length);
        read(array, inTag is null ? stream : new MemoryStream(inTag));
    }

    private byte[] ReadSmall(Stream stream, int? expectedType, string what, ref long bytes)
    {
        (int type, long length, byte[]? inTag) = ReadElementTag(stream);
        if (type != (expectedType ?? type) || length > MaximumSmallBytes)
            throw Wrong(what, $"type {type} of {length} bytes");
        bytes -= TagBytes;
        if (inTag is not null)
            return inTag;

        // Elements end at whole multiples of eight bytes.
        byte[] padded = new byte[(length + TagBytes - 1) / TagBytes * TagBytes];
        stream.ReadExactly(padded);
        bytes -= padded.Length;
        return padded[..(int)length];
    }

    private static (int Type, long Bytes) ReadTag(Stream stream)
    {
        Span<byte> tag = stackalloc byte[TagBytes];
        stream.ReadExactly(tag);
        return (BinaryPrimitives.ReadInt32LittleEndian(tag), BinaryPrimitives.ReadUInt32LittleEndian(tag[4..]));
    }

    /// <summary>A tag whose upper half may hold the data: then their length is in the upper half of the type.</summary>
    private (int Type, long Bytes, byte[]? InTag) ReadElementTag(Stream stream)
    {
        byte[] tag = new byte[TagBytes];
        stream.ReadExactly(tag);
        (int type, int small) = (
            BinaryPrimitives.ReadUInt16LittleEndian(tag), BinaryPrimitives.ReadUInt16LittleEndian(tag.AsSpan(2)));
        if (small == 0)
            return (type, BinaryPrimitives.ReadUInt32LittleEndian(tag.AsSpan(4)), null);
        return small <= 4
            ? (type, small, tag[4..(4 + small)])
            : throw Wrong("at most 4 bytes of data in a tag", small.ToString(CultureInfo.InvariantCulture));
    }
}
