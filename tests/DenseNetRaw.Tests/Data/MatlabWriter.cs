using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace DenseNetRaw.Tests.Data;

/// <summary>Writes MATLAB files of level 5, as SVHN's are.</summary>
internal static class MatlabWriter
{
    public const int UInt8 = 2, Double = 9;

    /// <summary>X [32, 32, 3, N], whose values are those of <see cref="Pixel"/>, and y [N, 1].</summary>
    public static byte[] Svhn(byte[] labels, bool compressed) =>
        File(compressed, Array("X", [32, 32, 3, labels.Length], UInt8, Pixels(labels.Length)),
            Array("y", [labels.Length, 1], UInt8, labels));

    public static byte Pixel(int n, int c, int h, int w) => (byte)(h + (3 * w) + (50 * c) + (7 * n));

    public static byte[] Pixels(int count)
    {
        byte[] pixels = new byte[count * 3072];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = Pixel(i / 3072, i / 1024 % 3, i % 32, i / 32 % 32);
        return pixels;
    }

    public static byte[] File(bool compressed, params byte[][] variables)
    {
        byte[] header = new byte[128];
        Encoding.ASCII.GetBytes("MATLAB 5.0 MAT-file".PadRight(124), header);
        (header[124], header[125], header[126], header[127]) = (0, 1, (byte)'I', (byte)'M');
        return [.. header, .. variables.SelectMany(variable => compressed ? Compressed(variable) : variable)];
    }

    /// <summary>A miMATRIX element; the extents need not fit the data.</summary>
    public static byte[] Array(string name, int[] extents, int type, byte[] data)
    {
        byte[] flags = [(byte)(type == Double ? 6 : 9), 0, 0, 0, 0, 0, 0, 0];
        byte[] shape = new byte[4 * extents.Length];
        for (int i = 0; i < extents.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(shape.AsSpan(4 * i), extents[i]);
        byte[] content = [.. Element(6, flags), .. Element(5, shape), .. Element(1, Encoding.ASCII.GetBytes(name)),
            .. Element(type, data)];
        return [.. Tag(14, content.Length), .. content];
    }

    public static byte[] Compressed(byte[] element)
    {
        using MemoryStream stream = new();
        using (ZLibStream zlib = new(stream, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(element);
        return [.. Tag(15, (int)stream.Length), .. stream.ToArray()];
    }

    private static byte[] Element(int type, byte[] data)
    {
        if (data.Length is > 0 and <= 4)
            return [(byte)type, 0, (byte)data.Length, 0, .. data, .. new byte[4 - data.Length]];
        return [.. Tag(type, data.Length), .. data, .. new byte[(8 - (data.Length % 8)) % 8]];
    }

    private static byte[] Tag(int type, int bytes)
    {
        byte[] tag = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(tag, type);
        BinaryPrimitives.WriteInt32LittleEndian(tag.AsSpan(4), bytes);
        return tag;
    }
}
