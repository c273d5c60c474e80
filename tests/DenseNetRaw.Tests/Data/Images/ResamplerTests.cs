using DenseNetRaw.Data.Images;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Data.Images;

public class ResamplerTests
{
    [Test]
    public void Resize_OfAnyBoxToAnySize_GivesPillowsBytes()
    {
        using ImageReader reader = new();
        reader.Read(GoldenImages.PathOf("scene.png"));
        byte[] expected = File.ReadAllBytes(GoldenImages.PathOf("resize.bin"));
        int at = 0;
        foreach (string line in File.ReadLines(GoldenImages.PathOf("resize.txt")))
        {
            int[] c = [.. line.Split(' ').Select(int.Parse)];
            (int width, int height) = (c[4], c[5]);
            byte[] y = Resize(reader,
                new ImageWindow(c[1], c[0], c[3] - c[1], c[2] - c[0], height, width, 0, 0, Flip: false), height, width);
            Assert.That(Interleaved(y, height * width), Is.EqualTo(expected[at..(at + y.Length)]), line);
            at += y.Length;
        }

        Assert.That(at, Is.EqualTo(expected.Length));
    }

    [Test]
    public void Resize_OfAWindow_GivesThatPartOfTheWhole()
    {
        using ImageReader reader = new();
        reader.Read(GoldenImages.PathOf("scene.png"));
        ImageWindow all = new(0, 0, 23, 37, 17, 41, 0, 0, Flip: false);
        byte[] whole = Resize(reader, all, 17, 41);
        byte[] part = Resize(reader, all with { WindowTop = 3, WindowLeft = 11 }, 9, 13);
        byte[] flipped = Resize(reader, all with { WindowTop = 3, WindowLeft = 11, Flip = true }, 9, 13);
        for (int i = 0; i < part.Length; i++)
        {
            int channel = i / (9 * 13), row = i / 13 % 9, column = i % 13;
            Assert.That(part[i], Is.EqualTo(whole[(((channel * 17) + row + 3) * 41) + column + 11]));
            Assert.That(flipped[i - column + (12 - column)], Is.EqualTo(part[i]));
        }
    }

    [TestCase(23, 37, 32, 32, 37, 59)]
    [TestCase(37, 23, 32, 32, 59, 37)]
    [TestCase(500, 375, 224, 224, 341, 256)]
    [TestCase(224, 300, 224, 224, 256, 342)]
    [TestCase(100, 100, 64, 32, 73, 73)]
    [TestCase(224, 224, 224, 224, 224, 224)]
    public void ForEvaluation_OfAnySize_ScalesTheShorterSideTo256Of224AndTakesTheCentre(
        int height, int width, int inputHeight, int inputWidth, int scaledHeight, int scaledWidth)
    {
        ImageWindow window = ImageWindow.ForEvaluation(height, width, inputHeight, inputWidth);
        Assert.That((window.ScaledHeight, window.ScaledWidth), Is.EqualTo((scaledHeight, scaledWidth)));
        Assert.That(window.WindowTop, Is.EqualTo((int)Math.Round((scaledHeight - inputHeight) / 2.0)));
        Assert.That(window.WindowLeft, Is.EqualTo((int)Math.Round((scaledWidth - inputWidth) / 2.0)));
        Assert.That((window.Top, window.Left, window.Height, window.Width, window.Flip),
            Is.EqualTo((0, 0, height, width, false)));
    }

    [TestCase(375, 500)]
    [TestCase(64, 64)]
    [TestCase(1, 1)]
    [TestCase(1, 300)]
    [TestCase(2000, 3)]
    public void ForTraining_OfAnySize_LiesInTheImageWithTorchvisionsAreasAndRatios(int height, int width)
    {
        const int Draws = 2000;
        int flips = 0;
        double area = 0;
        for (int index = 0; index < Draws; index++)
        {
            ImageWindow w = ImageWindow.ForTraining(height, width, 224, 160, seed: 7, epoch: 3, index);
            Assert.That(w, Is.EqualTo(ImageWindow.ForTraining(height, width, 224, 160, 7, 3, index)));
            Assert.That(w.Top >= 0 && w.Left >= 0 && w.Height > 0 && w.Width > 0 && w.Top + w.Height <= height
                && w.Left + w.Width <= width, $"{w}");
            Assert.That((w.ScaledHeight, w.ScaledWidth, w.WindowTop, w.WindowLeft), Is.EqualTo((224, 160, 0, 0)));
            if (Math.Min(height, width) >= 64)
            {
                Assert.That((double)w.Width / w.Height, Is.InRange(0.70, 1.43));
                Assert.That((double)w.Width * w.Height / height / width, Is.InRange(0.075, 1.01));
            }

            flips += w.Flip ? 1 : 0;
            area += (double)w.Width * w.Height / height / width;
        }

        Assert.That(flips / (double)Draws, Is.EqualTo(0.5).Within(0.05));
        if (height == 64)
        {
            Assert.That(area / Draws, Is.EqualTo(0.50).Within(0.04),
                "large crops of odd ratios do not fit and are drawn again");
        }

        Assert.That(
            ImageWindow.ForTraining(375, 500, 224, 224, 7, 3, 1),
                Is.Not.EqualTo(ImageWindow.ForTraining(375, 500, 224, 224, 7, 4, 1)));
    }

    private static byte[] Resize(ImageReader reader, ImageWindow window, int height, int width)
    {
        byte[] y = new byte[3 * height * width];
        reader.Resampler.Resize(reader.Image, window, height, width, y);
        return y;
    }

    private static byte[] Interleaved(byte[] planes, int plane) =>
        [.. Enumerable.Range(0, planes.Length).Select(i => planes[(i % 3 * plane) + (i / 3)])];
}
