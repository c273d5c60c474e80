using DenseNetRaw.Data;

namespace DenseNetRaw.Tests.Data;

/// <summary>Small data sets whose images tell their index: it is the value of their first pixel.</summary>
internal static class TestImages
{
    /// <summary>Leaves pixels from 0 to 1 as they are.</summary>
    public static Normalization Unit { get; } = new([0, 0, 0], [1, 1, 1]);

    /// <summary>At most 256 images; no pixel but the first is 0.</summary>
    public static ImageDataset Create(int count, int height, int width)
    {
        int imageBytes = 3 * height * width;
        byte[] pixels = new byte[count * imageBytes];
        int[] labels = new int[count];
        for (int image = 0; image < count; image++)
        {
            labels[image] = image * 7 % 10;
            for (int i = 0; i < imageBytes; i++)
                pixels[(image * imageBytes) + i] = (byte)(1 + (((image * 31) + (i * 17)) % 255));
            pixels[image * imageBytes] = (byte)image;
        }

        string[] classes = [.. Enumerable.Range(0, 10).Select(label => $"class {label}")];
        return new ImageDataset("test images", pixels, labels, height, width, classes, Unit);
    }

    public static int[] Identities(ImageDataset images) =>
        [.. Enumerable.Range(0, images.Count).Select(index => (int)images.Image(index)[0])];
}
