using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace DenseNetRaw.Tests.Data.Downloads;

/// <summary>Archives (.tar.gz) of a small data set, good and bad.</summary>
internal static class TestArchive
{
    public const string Folder = "set";

    public static byte[] First { get; } = [.. Enumerable.Range(0, 3000).Select(i => (byte)(i * 7))];

    public static byte[] Second { get; } = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];

    public static byte[] Good() => Of(TarEntryFormat.Ustar, writer =>
    {
        Add(writer, TarEntryType.Directory, $"{Folder}/");
        AddFile(writer, $"{Folder}/first.bin", First);
        AddFile(writer, $"{Folder}/second.bin", Second);
        AddFile(writer, $"{Folder}/names.txt", "a\nb\n"u8.ToArray());
    });

    /// <summary>The good members with something else before or after them.</summary>
    public static byte[] With(Action<TarWriter>? before = null, Action<TarWriter>? after = null) =>
        Of(TarEntryFormat.Pax, writer =>
    {
        before?.Invoke(writer);
        AddFile(writer, $"{Folder}/first.bin", First);
        AddFile(writer, $"{Folder}/second.bin", Second);
        after?.Invoke(writer);
    });

    public static byte[] Of(TarEntryFormat format, Action<TarWriter> write)
    {
        using MemoryStream file = new();
        using (GZipStream gzip = new(file, CompressionLevel.Fastest, leaveOpen: true))
        using (TarWriter writer = new(gzip, format, leaveOpen: true))
            write(writer);
        return file.ToArray();
    }

    public static byte[] Zipped(Action<Stream> write)
    {
        using MemoryStream file = new();
        using (GZipStream gzip = new(file, CompressionLevel.Fastest, leaveOpen: true))
            write(gzip);
        return file.ToArray();
    }

    public static void AddFile(TarWriter writer, string name, byte[] content)
    {
        TarEntry entry = New(writer, TarEntryType.RegularFile, name);
        entry.DataStream = new MemoryStream(content);
        writer.WriteEntry(entry);
    }

    public static void Add(TarWriter writer, TarEntryType type, string name, string? link = null)
    {
        TarEntry entry = New(writer, type, name);
        if (link is not null)
            entry.LinkName = link;
        writer.WriteEntry(entry);
    }

    /// <summary>A header of 512 bytes, with its checksum.</summary>
    public static byte[] Header(string name, char type, string size)
    {
        byte[] header = new byte[512];
        Encoding.ASCII.GetBytes(name, header);
        Encoding.ASCII.GetBytes("0000644\0" + "0000000\0" + "0000000\0", header.AsSpan(100));
        Encoding.ASCII.GetBytes(size.PadLeft(11, '0') + "\0" + "00000000000\0" + "        ", header.AsSpan(124));
        header[156] = (byte)type;
        Encoding.ASCII.GetBytes("ustar\000", header.AsSpan(257));
        int sum = header.Sum(value => value);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ", header.AsSpan(148));
        return header;
    }

    private static TarEntry New(TarWriter writer, TarEntryType type, string name) =>
        writer.Format == TarEntryFormat.Ustar
        ? new UstarTarEntry(type, name)
        : new PaxTarEntry(type, name);
}
