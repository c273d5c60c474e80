using System.Buffers.Binary;
using DenseNetRaw.Data.Images;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Data.Images;

/// <summary>Images that Pillow wrote, and what it decodes them to (Golden/make_images.py).</summary>
internal static class GoldenImages
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Golden", "images");

    public static IEnumerable<string> Pngs => Names("*.png");

    public static IEnumerable<string> Jpegs => Names("*.jpg");

    public static string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>Width, height and [H, W, 3] as Pillow has them.</summary>
    public static (int Width, int Height, byte[] Pixels) Expected(string name)
    {
        byte[] file = File.ReadAllBytes(PathOf($"{name}.rgb"));
        return (BinaryPrimitives.ReadUInt16LittleEndian(file),
            BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(2)), file[4..]);
    }

    public static byte[] PixelsOf(DecodedImage image) => image.Pixels[..(3 * image.Height * image.Width)];

    /// <summary>The test is ignored, with the reason, where libjpeg-turbo is absent.</summary>
    public static void RequireJpeg()
    {
        if (!TurboJpegLibrary.IsFound)
            Assert.Ignore("libjpeg-turbo is not installed (apt install libturbojpeg0).");
    }

    private static IEnumerable<string> Names(string pattern) =>
        Directory.GetFiles(Folder, pattern).Select(path => Path.GetFileName(path)).Order();
}
