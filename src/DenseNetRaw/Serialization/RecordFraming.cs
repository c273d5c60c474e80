using System.Buffers.Binary;
using System.Numerics;

namespace DenseNetRaw.Serialization;

/// <summary>
/// TensorFlow's framing of records: the length, 64 bits; its masked CRC-32C; the data; their masked CRC-32C. Little
/// endian. tensorflow/core/lib/io/record_writer.h.
/// </summary>
internal static class RecordFraming
{
    private const int LengthBytes = sizeof(ulong), ChecksumBytes = sizeof(uint);

    /// <summary>A checksum is stored rotated and moved by a constant: it may lie in data that have one.</summary>
    private const int MaskRotation = 15;
    private const uint MaskDelta = 0xa282ead8;

    /// <summary>A record, framed.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> data)
    {
        byte[] record = new byte[LengthBytes + ChecksumBytes + data.Length + ChecksumBytes];
        Span<byte> rest = record;
        BinaryPrimitives.WriteUInt64LittleEndian(rest, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[LengthBytes..], Masked(rest[..LengthBytes]));
        rest = rest[(LengthBytes + ChecksumBytes)..];
        data.CopyTo(rest);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[data.Length..], Masked(data));
        return record;
    }

    /// <summary>CRC-32C of the bytes: Castagnoli's polynomial, as RFC 3720, appendix B.4.</summary>
    public static uint Checksum(ReadOnlySpan<byte> data)
    {
        uint checksum = uint.MaxValue;
        foreach (byte value in data)
            checksum = BitOperations.Crc32C(checksum, value);
        return ~checksum;
    }

    private static uint Masked(ReadOnlySpan<byte> data) =>
        BitOperations.RotateRight(Checksum(data), MaskRotation) + MaskDelta;
}
