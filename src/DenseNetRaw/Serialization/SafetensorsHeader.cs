using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace DenseNetRaw.Serialization;

/// <summary>
/// The checked header of a safetensors file. Beyond the format's own rules duplicate keys are refused (two readers
/// would see two files) and the number of tensors and of dimensions is bounded.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The bound of the format's reference reader, in bytes.</summary>
    private const long MaximumBytes = 100_000_000;

    private const byte PickleFrame = 0x95;
    private const int MaximumTensors = 100_000;
    private const int MaximumRank = 32;

    /// <summary>What is read at a time; an entry, or all of the metadata, is no longer.</summary>
    private const int PieceBytes = 1 << 19;

    /// <summary>Objects of objects of arrays: nothing in a header lies deeper.</summary>
    private const int MaximumDepth = 3;

    private readonly string _path;
    private readonly long _dataBytes;
    private readonly List<SafetensorsEntry> _entries = [];
    private readonly HashSet<string> _names = [];
    private readonly SortedDictionary<string, string> _metadata = new(StringComparer.Ordinal);

    private SafetensorsHeader(string path, long dataBytes)
    {
        _path = path;
        _dataBytes = dataBytes;
    }

    /// <summary>The tensors in the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries => _entries;

    /// <summary>The free text under <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Reads the header and leaves <paramref name="stream"/> at the first byte of data.</summary>
    public static SafetensorsHeader Read(string path, Stream stream)
    {
        int length = ReadLength(path, stream);
        SafetensorsHeader header = new(path, stream.Length - SafetensorsFile.LengthBytes - length);
        try
        {
            header.ReadProperties(stream, length);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw header.Wrong("a header in JSON without duplicate keys", $"\"{exception.Message}\"");
        }

        header.CheckPlaces();
        return header;
    }

    private static int ReadLength(string path, Stream stream)
    {
        SafetensorsHeader unread = new(path, 0);
        if (stream.Length < SafetensorsFile.LengthBytes)
            throw unread.Wrong("a safetensors file of at least 8 bytes", $"{stream.Length}");

        Span<byte> prefix = stackalloc byte[SafetensorsFile.LengthBytes];
        stream.ReadExactly(prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        long available = stream.Length - SafetensorsFile.LengthBytes;
        if (length > MaximumBytes && length > (ulong)available)
            throw unread.Wrong("a safetensors file", Foreign(prefix) ?? $"one that begins with {Begin(prefix)}");
        if (length > MaximumBytes)
        {
            throw unread.Wrong(
                $"a safetensors header of at most {MaximumBytes} bytes", $"{length}");
        }

        if (length > (ulong)available)
        {
            // A long frame of a pickle can be as small a number as a header's length.
            string? foreign = prefix[2] == PickleFrame ? Foreign(prefix) : null;
            throw unread.Wrong(
                foreign is null
                    ? $"a safetensors header of at most the {available} bytes that follow" : "a safetensors file",
                foreign ?? $"{length}");
        }

        return (int)length;
    }


    /// <summary>
    /// Reads the header in pieces, so that a wrong one is refused before much is allocated, however long it claims to
    /// be: the pieces hold whole properties, and what is left of one moves to the front of the next piece.
    /// </summary>
    private void ReadProperties(Stream stream, int length)
    {
        byte[] piece = new byte[Math.Min(length, PieceBytes)];
        JsonReaderState state = new(new JsonReaderOptions { MaxDepth = MaximumDepth });
        int held = 0, left = length;
        do
        {
            int read = Math.Min(left, piece.Length - held);
            stream.ReadExactly(piece, held, read);
            if (left == length && (length == 0 || piece[0] != (byte)'{'))
                throw Wrong("a safetensors header beginning with '{'", FirstByte(piece));
            (held, left) = (held + read, left - read);
            Utf8JsonReader reader = new(piece.AsSpan(0, held), isFinalBlock: left == 0, state);
            int consumed = TakeProperties(ref reader, piece, ref state);
            while (consumed < held && piece[consumed] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r')
                consumed++; // between tokens, where it means nothing
            if (consumed == 0 && held == piece.Length && left > 0)
                throw Wrong($"a header whose entries have at most {PieceBytes} bytes each", "a longer one");
            piece.AsSpan(consumed, held - consumed).CopyTo(piece);
            held -= consumed;
        }
        while (left > 0);
    }

    /// <summary>
    /// Takes all properties that end within the piece. How many of its bytes they are, and the state to go on with.
    /// </summary>
    private int TakeProperties(ref Utf8JsonReader reader, byte[] piece, ref JsonReaderState state)
    {
        int consumed;
        do
        {
            (consumed, state) = ((int)reader.BytesConsumed, reader.CurrentState);
        }
        while (reader.Read() && (reader.TokenType != JsonTokenType.PropertyName || TakeProperty(ref reader, piece)));
        return consumed;
    }

    /// <summary>Takes the property whose name was read; false if its value goes beyond the piece.</summary>
    private bool TakeProperty(ref Utf8JsonReader reader, byte[] piece)
    {
        int begin = (int)reader.TokenStartIndex;
        Utf8JsonReader name = reader;
        if (!reader.Read())
            return false;
        int value = (int)reader.TokenStartIndex;
        if (!reader.TrySkip())
            return false;

        int end = (int)reader.BytesConsumed;
        if (!Utf8.IsValid(piece.AsSpan(begin, end - begin)))
            throw Wrong("a header in UTF-8", "bytes that are not");
        JsonDocumentOptions options = new() { MaxDepth = MaximumDepth, AllowDuplicateProperties = false };
        using JsonDocument document = JsonDocument.Parse(piece.AsMemory(value, end - value), options);
        Take(name.GetString()!, document.RootElement);
        return true;
    }

    /// <summary>What files of PyTorch begin with: they can run any code when they are read, so they are not.</summary>
    private static string? Foreign(ReadOnlySpan<byte> prefix)
    {
        bool isZip = prefix.StartsWith("PK"u8), isPickle = prefix[0] == 0x80 && prefix[1] is >= 2 and <= 5;
        string kind = isZip ? "a zip archive, as PyTorch saves .pth and .pt" : "a pickle, as PyTorch saved .pth once";
        return !isZip && !isPickle ? null
            : $"{kind}; where you trust it, convert it: scripts/convert-weights.py in.pth out.safetensors";
    }

    /// <summary>The bytes as text where they are printable ASCII, else in hexadecimal.</summary>
    private static string Begin(ReadOnlySpan<byte> prefix) => prefix.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0
        ? $"'{Encoding.ASCII.GetString(prefix)}'"
        : Convert.ToHexString(prefix);

    private static string FirstByte(byte[] json) => json.Length == 0 ? "an empty one" : $"byte 0x{json[0]:X2}";

    private void Take(string name, JsonElement value)
    {
        if (!_names.Add(name))
            throw Wrong("a header in JSON without duplicate keys", $"Duplicate key '{name}'");
        if (name == SafetensorsFile.MetadataKey)
            ParseMetadata(value);
        else
            _entries.Add(ParseEntry(name, value));
        if (_entries.Count > MaximumTensors)
            throw Wrong($"at most {MaximumTensors} tensors", "more");
    }

    private void ParseMetadata(JsonElement metadata)
    {
        if (metadata.ValueKind != JsonValueKind.Object)
            throw Wrong($"an object under {SafetensorsFile.MetadataKey}", $"{metadata.ValueKind}");

        foreach (JsonProperty property in metadata.EnumerateObject())
        {
            JsonValueKind kind = property.Value.ValueKind;
            if (kind != JsonValueKind.String)
                throw Wrong($"text under {SafetensorsFile.MetadataKey} '{property.Name}'", $"{kind}");
            _metadata.Add(property.Name, property.Value.GetString()!);
        }
    }

    private SafetensorsEntry ParseEntry(string name, JsonElement entry)
    {
        if (entry.ValueKind != JsonValueKind.Object)
            throw Wrong($"an object for tensor '{name}'", $"{entry.ValueKind}");

        string? dtype = null;
        long[]? shape = null;
        long[]? offsets = null;
        foreach (JsonProperty property in entry.EnumerateObject())
        {
            switch (property.Name)
            {
                case "dtype" when property.Value.ValueKind == JsonValueKind.String:
                    dtype = property.Value.GetString();
                    break;
                case "shape":
                    shape = ParseExtents(name, property.Value);
                    break;
                case "data_offsets":
                    offsets = ParseExtents(name, property.Value);
                    break;
                default:
                    throw Wrong($"dtype, shape and data_offsets for tensor '{name}'", $"'{property.Name}'");
            }
        }

        if (dtype is null || shape is null || offsets is not [long begin, long end])
            throw Wrong($"dtype, shape and two data_offsets for tensor '{name}'", Excerpt(entry));

        SafetensorsEntry parsed = new(name, dtype, shape, begin, end);
        CheckSize(parsed);
        return parsed;
    }

    private long[] ParseExtents(string name, JsonElement array)
    {
        if (array.ValueKind != JsonValueKind.Array || array.GetArrayLength() > MaximumRank)
            throw Wrong($"arrays of at most {MaximumRank} numbers for tensor '{name}'", Excerpt(array));

        long[] extents = new long[array.GetArrayLength()];
        for (int i = 0; i < extents.Length; i++)
        {
            if (array[i].ValueKind != JsonValueKind.Number || !array[i].TryGetInt64(out extents[i]) || extents[i] < 0)
                throw Wrong($"whole numbers from 0 to 2^63 - 1 for tensor '{name}'", Excerpt(array[i]));
        }

        return extents;
    }

    private static string Excerpt(JsonElement element)
    {
        const int Longest = 60;
        string text = element.GetRawText();
        return text.Length <= Longest ? text : text[..Longest] + "…";
    }

    private void CheckSize(SafetensorsEntry entry)
    {
        if (!SafetensorsDtype.TryGetBits(entry.Dtype, out int bits))
            throw Wrong($"a known element type for tensor '{entry.Name}'", $"'{entry.Dtype}'");

        UInt128 total = (UInt128)bits;
        bool fits = true;
        foreach (long extent in entry.Shape)
        {
            total *= (UInt128)extent;
            fits = fits && total <= long.MaxValue;
            total = fits ? total : 0;
        }

        UInt128 found = (UInt128)(entry.End - entry.Begin) * 8;
        if (!fits || entry.Begin > entry.End || total != found)
        {
            string expected = fits ? $"{total / 8} bytes" : "fewer than 2^60 bytes";
            throw Wrong(
                $"{expected} for tensor '{entry.Name}' of {entry.Dtype} [{string.Join(", ", entry.Shape)}]",
                $"data_offsets [{entry.Begin}, {entry.End}]");
        }
    }

    /// <summary>In order the tensors' bytes begin at 0, leave no hole, do not overlap, and end with the file.</summary>
    private void CheckPlaces()
    {
        // An empty tensor goes before the one that begins at the same offset.
        _entries.Sort((a, b) => (a.Begin, a.End, a.Name).CompareTo((b.Begin, b.End, b.Name)));
        long expected = 0;
        foreach (SafetensorsEntry entry in _entries)
        {
            if (entry.Begin != expected)
                throw Wrong($"tensor '{entry.Name}' to begin at data offset {expected}", $"{entry.Begin}");
            expected = entry.End;
        }

        if (expected != _dataBytes)
            throw Wrong($"{expected} bytes of data after the header", $"{_dataBytes}");
    }

    private InvalidDataException Wrong(string expected, string found) =>
        new($"{_path}: expected {expected}, found {found}.");
}
