using System.Buffers.Binary;
using DenseNetRaw.Tests.Serialization;

namespace DenseNetRaw.Tests.Training;

/// <summary>
/// The events of a TensorBoard file, read from the format's description and not with our writer: each checksum is that
/// of a table made of Castagnoli's polynomial.
/// </summary>
internal static class TensorBoardFile
{
    private const uint ReversedPolynomial = 0x82F63B78;

    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(TableEntry)];

    /// <summary>The messages of the file's records, whose checksums hold.</summary>
    public static List<byte[]> Records(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        List<byte[]> records = [];
        for (int at = 0; at < file.Length;)
        {
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at)));
            Check(file.AsSpan(at, 8), file.AsSpan(at + 8, 4), $"length at byte {at}");
            byte[] data = file[(at + 12)..(at + 12 + length)];
            Check(data, file.AsSpan(at + 12 + length, 4), $"data at byte {at + 12}");
            records.Add(data);
            at += 16 + length;
        }

        return records;
    }

    /// <summary>The scalars of the file with their steps, in order.</summary>
    public static List<(long Step, string Tag, float Value)> Scalars(string path)
    {
        List<(long, string, float)> scalars = [];
        foreach (byte[] record in Records(path))
        {
            List<ProtobufField> fields = ProtobufReader.Fields(record);
            long step = (long)fields.FirstOrDefault(field => field.Number == 2).Bits;
            foreach (ProtobufField summary in fields.Where(field => field.Number == 5))
            {
                foreach (ProtobufField value in ProtobufReader.Fields(summary.Bytes))
                {
                    List<ProtobufField> parts = ProtobufReader.Fields(value.Bytes);
                    scalars.Add((step, parts.Single(f => f.Number == 1).Text, parts.Single(f => f.Number == 2).Single));
                }
            }
        }

        return scalars;
    }

    private static void Check(ReadOnlySpan<byte> data, ReadOnlySpan<byte> masked, string what)
    {
        uint rotated = BinaryPrimitives.ReadUInt32LittleEndian(masked) - 0xa282ead8;
        uint stored = (rotated >> 17) | (rotated << 15), crc = uint.MaxValue;
        foreach (byte value in data)
            crc = (crc >> 8) ^ Table[(crc ^ value) & 0xff];
        if (stored != ~crc)
            throw new InvalidDataException($"the checksum of the {what} is {~crc:x8}, and the file has {stored:x8}");
    }

    private static uint TableEntry(int value)
    {
        uint entry = (uint)value;
        for (int bit = 0; bit < 8; bit++)
            entry = (entry >> 1) ^ ((entry & 1) * ReversedPolynomial);
        return entry;
    }
}
