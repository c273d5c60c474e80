using DenseNetRaw.Data;
using FsCheck.Fluent;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Data;

public class ImageDatasetTests
{
    [Test]
    public void HoldOut_OfAnyCount_SplitsTheImagesInOrder()
    {
        ImageDataset images = TestImages.Create(count: 37, height: 2, width: 3);
        Prop.ForAll<ulong, byte>((seed, chosen) =>
        {
            int count = 1 + (chosen % 36);
            (ImageDataset remaining, ImageDataset heldOut) = images.HoldOut(count, seed);
            int[] kept = TestImages.Identities(remaining);
            int[] apart = TestImages.Identities(heldOut);
            return apart.Length == count
                && kept.Concat(apart).Order().SequenceEqual(Enumerable.Range(0, 37))
                && kept.SequenceEqual(kept.Order())
                && apart.SequenceEqual(apart.Order())
                && Enumerable.Range(0, count).All(i => heldOut.Label(i) == images.Label(apart[i]))
                && apart.SequenceEqual(TestImages.Identities(images.HoldOut(count, seed).HeldOut));
        }).CheckRepeatably();
    }

    [Test]
    public void HoldOut_OfOtherSeeds_GivesOtherImages()
    {
        ImageDataset images = TestImages.Create(count: 100, height: 1, width: 1);
        Assert.That(
            TestImages.Identities(images.HoldOut(50, 1).HeldOut),
            Is.Not.EqualTo(TestImages.Identities(images.HoldOut(50, 2).HeldOut)));
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(5)]
    public void HoldOut_OfNothingOrEverything_Throws(int count) =>
        Assert.That(
            () => TestImages.Create(count: 5, height: 1, width: 1).HoldOut(count, 0),
            Throws.ArgumentException.With.Message.EqualTo(
                $"--validation must be at least 1 and below 5, the images of 'test images', found {count}"));

    [Test]
    public void Constructor_OfTooFewPixels_Throws() =>
        Assert.That(
            () => new ImageDataset("x", new byte[5], new int[1], 1, 2, ["a"], TestImages.Unit),
            Throws.ArgumentException.With.Message.EqualTo(
                "Data set 'x' of 1 images [3, 1, 2] takes 6 pixel values, not 5."));

    [Test]
    public void Constructor_OfALabelWithoutAClass_Throws() =>
        Assert.That(
            () => new ImageDataset("x", new byte[3], [1], 1, 1, ["a"], TestImages.Unit),
            Throws.ArgumentException.With.Message.EqualTo("Data set 'x' has 1 classes and an image of class 1."));

    [Test]
    public void Normalization_OfADeviationOfZero_Throws() =>
        Assert.That(
            () => new Normalization([0, 0, 0], [1, 0, 1]),
            Throws.ArgumentException.With.Message.EqualTo(
                "standard deviation should be 3 values above 0, found 1, 0, 1."));

    [Test]
    public void Normalization_OfTwoMeans_Throws() =>
        Assert.That(
            () => new Normalization([0, 0.5f], [1, 1, 1]),
            Throws.ArgumentException.With.Message.EqualTo("mean should be 3 finite values, found 0, 0.5."));
}
