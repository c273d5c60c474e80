using System.Buffers.Binary;

namespace DenseNetRaw.Data.Images;

/// <summary>
/// The checksum of PNG's chunks: the remainder of division by the polynomial 0xEDB88320, bits reversed; ISO 3309,
/// https://www.w3.org/TR/png-3/#D-CRCAppendix. Eight bytes at a time by eight tables (Kounavis and Berry 2005).
/// </summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320;
    private const int Slices = 8;
    private static readonly uint[] Tables = NewTables();

    /// <summary>The checksum of the bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint[] tables = Tables;
        uint crc = uint.MaxValue;
        for (; bytes.Length >= Slices; bytes = bytes[Slices..])
        {
            uint low = crc ^ BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            uint high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = tables[0x700 + (low & 0xFF)] ^ tables[0x600 + ((low >> 8) & 0xFF)]
                ^ tables[0x500 + ((low >> 16) & 0xFF)] ^ tables[0x400 + (low >> 24)]
                ^ tables[0x300 + (high & 0xFF)] ^ tables[0x200 + ((high >> 8) & 0xFF)]
                ^ tables[0x100 + ((high >> 16) & 0xFF)] ^ tables[high >> 24];
        }

        foreach (byte next in bytes)
            crc = tables[(crc ^ next) & 0xFF] ^ (crc >> 8);
        return ~crc;
    }

    /// <summary>[8, 256]: what a byte adds to the remainder when 0 … 7 more bytes follow it.</summary>
    private static uint[] NewTables()
    {
        uint[] tables = new uint[Slices * 256];
        for (uint value = 0; value < 256; value++)
        {
            uint crc = value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ Polynomial;
            tables[value] = crc;
        }

        for (int at = 256; at < tables.Length; at++)
            tables[at] = tables[tables[at - 256] & 0xFF] ^ (tables[at - 256] >> 8);
        return tables;
    }
}
