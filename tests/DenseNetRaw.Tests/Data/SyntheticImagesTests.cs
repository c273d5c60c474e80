using System.Security.Cryptography;
using DenseNetRaw.Data;
using FsCheck.Fluent;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Data;

public class SyntheticImagesTests
{
    [Test]
    public void Training_OnAnyMachine_HasTheSameBytes() =>
        Assert.That(
            Checksum(SyntheticImages.Training()),
            Is.EqualTo("C97D2E323C256379D872F5748D04539836981E98557BEF28F8E99E459C6B1602"));

    [Test]
    public void Test_OnAnyMachine_HasTheSameBytes() =>
        Assert.That(
            Checksum(SyntheticImages.Test()),
            Is.EqualTo("DAE3944CB1A76F8921D8052BE324ACFD22F9F73EC12553377226F4555D8DAFC7"));

    [Test]
    public void Images_OfBothSets_AreSpreadEvenlyOverTenClasses()
    {
        DataSource source = DataSource.Open("synthetic");
        foreach ((ImageDataset images, int each) in new[] { (source.ReadTraining(), 500), (source.ReadTest(), 100) })
        {
            Assert.That((images.Count, images.Height, images.Width), Is.EqualTo((10 * each, 32, 32)));
            Assert.That(images.Classes.Distinct().Count(), Is.EqualTo(10));
            foreach (IGrouping<int, int> group in Enumerable.Range(0, images.Count).GroupBy(images.Label))
                Assert.That(group.Count(), Is.EqualTo(each));
        }
    }

    [Test]
    public void Normalization_OfTheTrainingImages_IsTheirMeanAndDeviation()
    {
        ImageDataset images = SyntheticImages.Training();
        for (int channel = 0; channel < 3; channel++)
        {
            double sum = 0, squares = 0;
            for (int index = 0; index < images.Count; index++)
            {
                foreach (byte value in images.Image(index).Slice(channel * 1024, 1024))
                {
                    sum += value / 255.0;
                    squares += value / 255.0 * (value / 255.0);
                }
            }

            double mean = sum / (images.Count * 1024);
            double deviation = Math.Sqrt((squares / (images.Count * 1024)) - (mean * mean));
            Assert.That(images.Normalization.Mean[channel], Is.EqualTo(mean).Within(6e-5));
            Assert.That(images.Normalization.StandardDeviation[channel], Is.EqualTo(deviation).Within(6e-5));
        }
    }

    [Test]
    public void LogisticRegression_OnPixels_StaysUnderFortyPercent()
    {
        PixelRegression regression = new(SyntheticImages.Training());
        ImageDataset test = SyntheticImages.Test();
        double best = 0;
        for (int epoch = 0; epoch < 12; epoch++)
        {
            regression.TrainEpoch(learningRate: epoch < 6 ? 1e-4f : 1e-5f);
            best = Math.Max(best, regression.Accuracy(test));
        }

        TestContext.Out.WriteLine($"logistic regression on pixels: best test accuracy {best:P1}");
        Assert.That(regression.Accuracy(SyntheticImages.Training()), Is.GreaterThan(0.5), "on what it was trained on");
        Assert.That(best, Is.InRange(0.15, 0.40));
    }

    [Test]
    public void Shape_Mirrored_IsTheSameShapeTurned()
    {
        Prop.ForAll<uint, byte>((draw, kind) =>
        {
            RandomSequence random = new(1, 2, draw);
            SyntheticShape shape = SyntheticShape.Draw(ref random, kind % 5, radius: 6, side: 32);
            SyntheticShape turned = shape with { Sine = -shape.Sine };
            double x = random.Between(0, 32), y = random.Between(0, 32);
            return Math.Abs(shape.Coverage((2 * shape.CentreX) - x, y) - turned.Coverage(x, y)) < 1e-9;
        }).CheckRepeatably();
    }

    [Test]
    public void Shape_OfEachKind_HasTheAreaOfTheDisc([Range(0, 4)] int kind)
    {
        const double Radius = 20;
        SyntheticShape shape = new(kind, CentreX: 50, CentreY: 50, Cosine: 0.6, Sine: 0.8, Radius);
        double area = 0;
        for (int place = 0; place < 100 * 100; place++)
            area += shape.Coverage(place % 100, place / 100);

        Assert.That(area, Is.EqualTo(Math.PI * Radius * Radius).Within(0.5).Percent);
    }

    private static string Checksum(ImageDataset images) =>
        Convert.ToHexString(SHA256.HashData(images.Pixels));
}
