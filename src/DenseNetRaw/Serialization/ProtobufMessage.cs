using System.Buffers.Binary;
using System.Text;

namespace DenseNetRaw.Serialization;

/// <summary>
/// A message of Protocol Buffers under construction: fields in the order in which they are added, each a key of number
/// and wire type, then the value. What is added is referred to, not copied, so tensors are held once.
/// https://protobuf.dev/programming-guides/encoding.
/// </summary>
internal sealed class ProtobufMessage
{
    private const int VarintType = 0, DoubleType = 1, BytesType = 2, FloatType = 5;
    private const int TypeBits = 3;
    private const int LongestVarint = 10;
    private readonly List<ReadOnlyMemory<byte>> _parts = [];

    /// <summary>Its bytes once it is written.</summary>
    public long Length { get; private set; }

    /// <summary>Adds an integer, a truth value or an enumeration.</summary>
    public ProtobufMessage Integer(int field, long value)
    {
        Key(field, VarintType);
        Varint((ulong)value);
        return this;
    }

    /// <summary>Adds a number of 64 bits.</summary>
    public ProtobufMessage Double(int field, double value)
    {
        Key(field, DoubleType);
        byte[] bytes = new byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        Append(bytes);
        return this;
    }

    /// <summary>Adds a number of 32 bits.</summary>
    public ProtobufMessage Single(int field, float value)
    {
        Key(field, FloatType);
        byte[] bytes = new byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        Append(bytes);
        return this;
    }

    /// <summary>Adds text in UTF-8.</summary>
    public ProtobufMessage Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    /// <summary>Adds bytes.</summary>
    public ProtobufMessage Bytes(int field, ReadOnlyMemory<byte> value)
    {
        Key(field, BytesType);
        Varint((ulong)value.Length);
        Append(value);
        return this;
    }

    /// <summary>Adds a message, which is complete.</summary>
    public ProtobufMessage Message(int field, ProtobufMessage value)
    {
        Key(field, BytesType);
        Varint((ulong)value.Length);
        return Fields(value);
    }

    /// <summary>Adds all fields of another.</summary>
    public ProtobufMessage Fields(ProtobufMessage other)
    {
        _parts.AddRange(other._parts);
        Length += other.Length;
        return this;
    }

    /// <summary>Writes it.</summary>
    public void WriteTo(Stream stream)
    {
        foreach (ReadOnlyMemory<byte> part in _parts)
            stream.Write(part.Span);
    }

    /// <summary>Its bytes, for one that is small.</summary>
    public byte[] ToArray()
    {
        using MemoryStream stream = new();
        WriteTo(stream);
        return stream.ToArray();
    }

    private void Key(int field, int wireType) => Varint(((ulong)field << TypeBits) | (uint)wireType);

    /// <summary>Seven bits a byte, the lowest first; the eighth says that more follow.</summary>
    private void Varint(ulong value)
    {
        Span<byte> bytes = stackalloc byte[LongestVarint];
        int count = 0;
        while (value >= 0x80)
        {
            bytes[count++] = (byte)(value | 0x80);
            value >>= 7;
        }

        bytes[count++] = (byte)value;
        Append(bytes[..count].ToArray());
    }

    private void Append(ReadOnlyMemory<byte> bytes)
    {
        _parts.Add(bytes);
        Length += bytes.Length;
    }
}
