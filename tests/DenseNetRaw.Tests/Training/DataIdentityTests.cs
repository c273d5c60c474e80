using DenseNetRaw.Data;
using DenseNetRaw.Tests.Data;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Training;

public sealed class DataIdentityTests
{
    [Test]
    public void Of_ImagesInMemory_DependsOnEveryPixelAndLabel()
    {
        DataIdentity expected = DataIdentity.Of(TestImages.Create(5, 4, 4));
        Assert.That(DataIdentity.Of(TestImages.Create(5, 4, 4)), Is.EqualTo(expected));
        ImageDataset otherPixel = TestImages.Create(5, 4, 4), otherLabel = TestImages.Create(5, 4, 4);
        otherPixel.Pixels[^1] ^= 1;
        otherLabel.Labels[^1] ^= 1;
        Assert.That(DataIdentity.Of(otherPixel), Is.Not.EqualTo(expected));
        Assert.That(DataIdentity.Of(otherLabel), Is.Not.EqualTo(expected));
    }

    [Test]
    public void Of_ImagesInFiles_DependsOnNamesAndSizesAndNotOnWhereTheyLie()
    {
        using TemporaryFolder temporary = new();
        DataIdentity expected = Identity("here", "cat", "1.png", 5);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Identity("there", "cat", "1.png", 5), Is.EqualTo(expected));
            Assert.That(Identity("size", "cat", "1.png", 6), Is.Not.EqualTo(expected));
            Assert.That(Identity("name", "cat", "2.png", 5), Is.Not.EqualTo(expected));
            Assert.That(Identity("class", "dog", "1.png", 5), Is.Not.EqualTo(expected));
        }

        DataIdentity Identity(string folder, string label, string name, int bytes)
        {
            string path = temporary.File($"{folder}/{label}/{name}");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, new byte[bytes]);
            return DataIdentity.Of(ImageDataset.OfFiles([path], height: 4, width: 4));
        }
    }
}
