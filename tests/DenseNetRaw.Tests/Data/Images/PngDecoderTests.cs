using System.Buffers.Binary;
using System.IO.Compression;
using DenseNetRaw.Data.Images;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Data.Images;

public class PngDecoderTests
{
    [Test]
    public void Crc32_OfTheDigits_IsTheCheckValueOfTheStandard() =>
        Assert.That(Crc32.Of("123456789"u8), Is.EqualTo(0xCBF43926));

    [TestCaseSource(typeof(GoldenImages), nameof(GoldenImages.Pngs))]
    public void Read_OfAnyKindOfPng_GivesPillowsPixels(string name)
    {
        using ImageReader reader = new();
        reader.Read(GoldenImages.PathOf(name));
        (int width, int height, byte[] pixels) = GoldenImages.Expected(name);
        Assert.That((reader.Image.Width, reader.Image.Height), Is.EqualTo((width, height)));
        Assert.That(GoldenImages.PixelsOf(reader.Image), Is.EqualTo(pixels));
    }

    [Test]
    public void Read_OfManyKindsByOneReader_NeverSeesTheOneBefore()
    {
        using ImageReader reader = new();
        foreach (string name in GoldenImages.Pngs.Concat(GoldenImages.Pngs.Reverse()))
        {
            reader.Read(GoldenImages.PathOf(name));
            Assert.That(GoldenImages.PixelsOf(reader.Image), Is.EqualTo(GoldenImages.Expected(name).Pixels), name);
        }
    }

    [Test]
    public void Read_OfAnImageAsLargeAsItsHeaderLies_AllocatesNothingForIt()
    {
        // 8,192 × 8,192 pixels would take 192 MiB; the bytes behind them are 40.
        byte[] file = Png(8192, 8192, 8, 2, Deflated(new byte[40]));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => Decode(file), Throws.TypeOf<InvalidDataException>().With.Message.Contains("8192 × 8192"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000));
    }

    [TestCase(0, 5, 8, 2, 0, "pixels and sides")]
    [TestCase(5, 0, 8, 2, 0, "pixels and sides")]
    [TestCase(65536, 1, 8, 2, 0, "pixels and sides")]
    [TestCase(60000, 60000, 1, 0, 0, "pixels and sides")]
    [TestCase(5, 5, 3, 0, 0, "of 3 bits")]
    [TestCase(5, 5, 4, 2, 0, "colour type 2 of 4 bits")]
    [TestCase(5, 5, 16, 3, 0, "colour type 3 of 16 bits")]
    [TestCase(5, 5, 8, 1, 0, "colour type 1")]
    [TestCase(5, 5, 8, 2, 2, "interlacing 2")]
    [TestCase(5, 5, 8, 3, 0, "a palette")]
    public void Read_OfAHeaderThatPngDoesNotAllow_SaysWhatWasFound(
        int width, int height, int bits, int color, int interlace, string words) =>
        Assert.That(
            () => Decode(Png(width, height, bits, color, Deflated(new byte[100]), interlace)),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains(words));

    [Test]
    public void Read_OfRowsWithAnUnknownFilter_SaysSo()
    {
        byte[] rows = new byte[2 * 7];
        rows[7] = 5;
        Assert.That(
            () => Decode(Png(2, 2, 8, 2, Deflated(rows))),
            Throws.TypeOf<InvalidDataException>().With.Message.EqualTo(
                "expected a filter from 0 to 4 before each row, found 5"));
    }

    [Test]
    public void Read_OfTooFewRows_NamesTheRow() =>
        Assert.That(
            () => Decode(Png(2, 3, 8, 2, Deflated(new byte[2 * 7]))),
            Throws.TypeOf<InvalidDataException>().With.Message.EqualTo(
                "expected 3 rows of pixels, found the end in row 2"));

    [Test]
    public void Read_OfAPlaceBeyondThePalette_SaysSo() =>
        Assert.That(
            () => Decode([.. PngChunks.Signature, .. Header(1, 1, 8, 3, 0), .. Chunk("PLTE", new byte[6]),
                .. Chunk("IDAT", Deflated([0, 2])), .. Chunk("IEND", [])]),
            Throws.TypeOf<InvalidDataException>().With.Message.EqualTo("expected places in a palette of 2, found 2"));

    [Test]
    public void Read_OfAWrongChecksumBehindThePixels_Throws()
    {
        byte[] data = Deflated(new byte[14]);
        data[^1] ^= 1;
        Assert.That(
            () => Decode(Png(2, 2, 8, 2, data)), Throws.TypeOf<InvalidDataException>().With.Message.Contains("zlib"));
    }

    [Test]
    public void Read_OfChunksOutOfOrderOrUnknown_SaysWhich()
    {
        byte[] header = Header(2, 2, 8, 2, 0), data = Chunk("IDAT", Deflated(new byte[14])), end = Chunk("IEND", []);
        AssertRefused([.. data, .. header, .. end], "found IDAT at byte 8");
        AssertRefused([.. header, .. header, .. data, .. end], "found IHDR");
        AssertRefused([.. header, .. data, .. Chunk("tEXt", [1]), .. data, .. end], "found IDAT");
        AssertRefused([.. header, .. data, .. Chunk("PLTE", new byte[3]), .. end], "found PLTE");
        AssertRefused([.. header, .. Chunk("PLTE", new byte[4]), .. data, .. end], "found 4 bytes");
        AssertRefused([.. header, .. Chunk("ABCD", []), .. data, .. end], "found ABCD");
        AssertRefused([.. header, .. end], "expected an IDAT chunk");
        AssertRefused([.. header, .. data], "up to IEND");
        Assert.That(
            Decode([.. PngChunks.Signature, .. header, .. Chunk("tEXt", [1]), .. data, .. end]).Width, Is.EqualTo(2));
    }

    private static void AssertRefused(byte[] chunks, string words) =>
        Assert.That(
            () => Decode([.. PngChunks.Signature, .. chunks]),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains(words));

    private static DecodedImage Decode(byte[] file)
    {
        DecodedImage image = new();
        new PngDecoder().Decode(file, file.Length, image);
        return image;
    }

    /// <summary>A file whose chunks and checksums are right, whatever the data are.</summary>
    internal static byte[] Png(int width, int height, int bits, int color, byte[] data, int interlace = 0) =>
        [.. PngChunks.Signature, .. Header(width, height, bits, color, interlace), .. Chunk("IDAT", data),
            .. Chunk("IEND", [])];

    private static byte[] Header(int width, int height, int bits, int color, int interlace)
    {
        byte[] content = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(content, width);
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(4), height);
        (content[8], content[9], content[12]) = ((byte)bits, (byte)color, (byte)interlace);
        return Chunk("IHDR", content);
    }

    private static byte[] Chunk(string name, byte[] content)
    {
        byte[] chunk = new byte[content.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        System.Text.Encoding.ASCII.GetBytes(name, chunk.AsSpan(4));
        content.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(
            chunk.AsSpan(content.Length + 8), Crc32.Of(chunk.AsSpan(4, content.Length + 4)));
        return chunk;
    }

    private static byte[] Deflated(byte[] bytes)
    {
        using MemoryStream stream = new();
        using (ZLibStream zlib = new(stream, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(bytes);
        return stream.ToArray();
    }
}
