using System.Buffers.Binary;

namespace DenseNetRaw.Tests.Serialization;

/// <summary>A reader of Protocol Buffers, written from their specification and not from our writer.</summary>
internal static class ProtobufReader
{
    /// <summary>The fields of a message: number, wire type, and the value as bits or bytes.</summary>
    public static List<ProtobufField> Fields(ReadOnlyMemory<byte> message)
    {
        List<ProtobufField> fields = [];
        int at = 0;
        ReadOnlySpan<byte> bytes = message.Span;
        while (at < bytes.Length)
        {
            ulong key = Varint(bytes, ref at);
            int number = (int)(key >> 3), wireType = (int)(key & 7);
            switch (wireType)
            {
                case 0:
                    fields.Add(new ProtobufField(number, wireType, Varint(bytes, ref at), default));
                    break;
                case 1:
                    fields.Add(new ProtobufField(
                        number, wireType, BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]), default));
                    at += 8;
                    break;
                case 2:
                    int length = checked((int)Varint(bytes, ref at));
                    fields.Add(new ProtobufField(number, wireType, 0, message.Slice(at, length)));
                    at += length;
                    break;
                case 5:
                    fields.Add(new ProtobufField(
                        number, wireType, BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]), default));
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"wire type {wireType} at byte {at}");
            }
        }

        return fields;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = bytes[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return value;
        }
    }
}
