using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DenseNetRaw.Serialization;

/// <summary>
/// A safetensors file: an 8-byte little-endian header length, a JSON header that gives each tensor's type, shape and
/// place, and the tensors' bytes without gaps. https://github.com/huggingface/safetensors, "Format".
/// </summary>
public sealed class SafetensorsFile
{
    internal const string MetadataKey = "__metadata__";
    internal const int LengthBytes = 8;

    private SafetensorsFile(
        string path,
        OrderedDictionary<string, SafetensorsTensor> tensors,
        IReadOnlyDictionary<string, string> metadata)
    {
        Path = path;
        Tensors = tensors;
        Metadata = metadata;
    }

    /// <summary>Where the file was read from.</summary>
    public string Path { get; }

    /// <summary>The tensors by name, in the order of their bytes in the file.</summary>
    public IReadOnlyDictionary<string, SafetensorsTensor> Tensors { get; }

    /// <summary>The free text under <c>__metadata__</c>; empty where the file has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Reads and checks a whole file.</summary>
    /// <exception cref="InvalidDataException">
    /// There is no such file, or it is not exactly what the format allows; the sentence names file, expected and found.
    /// </exception>
    public static SafetensorsFile Read(string path)
    {
        if (!File.Exists(path))
        {
            string found = Directory.Exists(path) ? "a folder" : "no file of that name";
            throw new InvalidDataException($"{path}: expected a safetensors file, found {found}.");
        }

        using FileStream stream = File.OpenRead(path);
        SafetensorsHeader header = SafetensorsHeader.Read(path, stream);
        OrderedDictionary<string, SafetensorsTensor> tensors = new(header.Entries.Count);
        foreach (SafetensorsEntry entry in header.Entries)
        {
            byte[] data = ReadData(path, stream, entry);
            tensors.Add(entry.Name, new SafetensorsTensor(entry.Name, entry.Dtype, entry.Shape, data, path));
        }

        return new SafetensorsFile(path, tensors, header.Metadata);
    }

    /// <summary>
    /// Writes tensors, whole or not at all. Wide elements come first, then by name (ordinal), so everything is aligned
    /// and the bytes do not depend on the order of the arguments.
    /// </summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="tensors">The tensors, with distinct names.</param>
    /// <param name="metadata">Free text for <c>__metadata__</c>.</param>
    /// <exception cref="ArgumentException">Two tensors have one name, or a name is <c>__metadata__</c>.</exception>
    public static void Write(
        string path,
        IEnumerable<SafetensorsTensor> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        SafetensorsTensor[] ordered = [.. tensors.OrderByDescending(Bits).ThenBy(t => t.Name, StringComparer.Ordinal)];
        CheckNames(ordered);
        byte[] header = HeaderOf(ordered, metadata);
        byte[] length = new byte[LengthBytes];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        WholeFile.Write(path, stream =>
        {
            stream.Write(length);
            stream.Write(header);
            foreach (SafetensorsTensor tensor in ordered)
                stream.Write(tensor.Data.Span);
        });
    }

    private static byte[] ReadData(string path, FileStream stream, SafetensorsEntry entry)
    {
        long bytes = entry.End - entry.Begin;
        if (bytes > Array.MaxLength)
        {
            throw new InvalidDataException(
                $"{path}: tensor '{entry.Name}' should have at most {Array.MaxLength} bytes, found {bytes}.");
        }

        byte[] data = new byte[bytes];
        stream.ReadExactly(data);
        return data;
    }

    private static int Bits(SafetensorsTensor tensor) =>
        SafetensorsDtype.TryGetBits(tensor.Dtype, out int bits) ? bits : 0;

    private static void CheckNames(SafetensorsTensor[] tensors)
    {
        HashSet<string> names = [MetadataKey];
        foreach (SafetensorsTensor tensor in tensors)
        {
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"The tensor name '{tensor.Name}' is reserved or used twice.");
        }
    }

    private static byte[] HeaderOf(SafetensorsTensor[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            long offset = 0;
            foreach (SafetensorsTensor tensor in tensors)
            {
                WriteEntry(json, tensor, offset);
                offset += tensor.Data.Length;
            }

            json.WriteEndObject();
        }

        // Spaces up to a multiple of 8: the data then lies aligned in a mapped file.
        while (buffer.Length % 8 != 0)
            buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata is null || metadata.Count == 0)
            return;

        json.WriteStartObject(MetadataKey);
        foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, SafetensorsTensor tensor, long offset)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", tensor.Dtype);
        json.WriteStartArray("shape");
        foreach (long extent in tensor.Shape)
            json.WriteNumberValue(extent);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset + tensor.Data.Length);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
