using System.Text;

namespace DenseNetRaw.Tests.Serialization;

/// <summary>A field of a message.</summary>
internal readonly record struct ProtobufField(int Number, int WireType, ulong Bits, ReadOnlyMemory<byte> Bytes)
{
    public string Text => Encoding.UTF8.GetString(Bytes.Span);

    public double Double => BitConverter.UInt64BitsToDouble(Bits);

    public float Single => BitConverter.UInt32BitsToSingle((uint)Bits);
}
