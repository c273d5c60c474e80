using DenseNetRaw.Data.Images;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Data.Images;

public class JpegDecoderTests
{
    [SetUp]
    public void RequireLibrary() => GoldenImages.RequireJpeg();

    [TestCaseSource(typeof(GoldenImages), nameof(GoldenImages.Jpegs))]
    public void Read_OfAnyKindOfJpeg_GivesPillowsPixels(string name)
    {
        using ImageReader reader = new();
        reader.Read(GoldenImages.PathOf(name));
        (int width, int height, byte[] pixels) = GoldenImages.Expected(name);
        Assert.That((reader.Image.Width, reader.Image.Height), Is.EqualTo((width, height)));
        Assert.That(reader.Image.Warning, Is.Null);

        // Pillow's libjpeg-turbo may be of another version, whose inverse transform rounds otherwise.
        byte[] found = GoldenImages.PixelsOf(reader.Image);
        int largest = found.Zip(pixels, (a, b) => Math.Abs(a - b)).Max();
        Assert.That(largest, Is.LessThanOrEqualTo(2));
    }

    [TestCase(0.3)]
    [TestCase(0.9)]
    public void Read_OfATruncatedFile_SaysSoAndTheNextFileDecodes(double share)
    {
        using TemporaryFolder folder = new();
        byte[] whole = File.ReadAllBytes(GoldenImages.PathOf("420.jpg"));
        string cut = folder.File("cut.jpg");
        File.WriteAllBytes(cut, whole[..(int)(whole.Length * share)]);
        using ImageReader reader = new();
        Assert.That(() =>
            reader.Read(cut), Throws.TypeOf<InvalidDataException>().With.Message.StartsWith($"{cut}: expected a JPEG"));
        reader.Read(GoldenImages.PathOf("444.jpg"));
        Assert.That(reader.Image.Width, Is.EqualTo(37));
    }

    [Test]
    public void Read_OfAnImageNamedAsAnotherKind_GoesByItsFirstBytes()
    {
        using TemporaryFolder folder = new();
        File.Copy(GoldenImages.PathOf("scene.png"), folder.File("scene.jpg"));
        File.Copy(GoldenImages.PathOf("444.jpg"), folder.File("444.png"));
        using ImageReader reader = new();
        reader.Read(folder.File("scene.jpg"));
        Assert.That(GoldenImages.PixelsOf(reader.Image), Is.EqualTo(GoldenImages.Expected("scene.png").Pixels));
        reader.Read(folder.File("444.png"));
        Assert.That((reader.Image.Width, reader.Image.Height), Is.EqualTo((37, 23)));
    }

    [Test]
    public void Read_OfOtherFiles_NamesThemAndWhatTheyBeginWith()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.File("a.png"), "GIF89a..."u8);
        File.WriteAllBytes(folder.File("b.jpg"), []);
        using ImageReader reader = new();
        Assert.That(
            () => reader.Read(folder.File("a.png")),
            Throws.TypeOf<InvalidDataException>().With.Message.EqualTo(
                $"{folder.File("a.png")}: expected a PNG or JPEG file, found one that begins with 4749463839612E2E"));
        Assert.That(
            () => reader.Read(folder.File("b.jpg")),
                Throws.TypeOf<InvalidDataException>().With.Message.Contains("an empty file"));
        Assert.That(
            () => reader.Read(folder.File("c.jpg")),
                Throws.TypeOf<InvalidDataException>().With.Message.Contains("no such file"));
    }

    [Test]
    public void Library_ThatIsAbsent_IsASentenceWithARemedy()
    {
        string[] names = ["libturbojpeg-that-is-nowhere.so.0"];
        Assert.That(TurboJpegLibrary.Find(names), Is.Null);
        Assert.That(
            TurboJpegLibrary.Missing(names).Message,
            Does.Contain(names[0]).And.Contain("apt install libturbojpeg0").And.Contain("PNG"));
    }
}
