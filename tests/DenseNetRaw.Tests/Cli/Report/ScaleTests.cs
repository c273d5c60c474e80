using DenseNetRaw.Cli.Report;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli.Report;

public sealed class ScaleTests
{
    [TestCase(0, 1)]
    [TestCase(0, 100)]
    [TestCase(3.2, 3.2)]
    [TestCase(1e-5, 3e-5)]
    [TestCase(-2, 7)]
    [TestCase(0, 4.3e9)]
    public void Ticks_OfAnyRange_AreTwoToEightWithinItAndAllDifferent(double minimum, double maximum)
    {
        Scale scale = new(minimum, maximum, 0, 100);
        double[] ticks = [.. scale.Ticks()];
        Assert.That(ticks, Has.Length.InRange(2, 8));
        Assert.That(ticks.Select(scale.At), Is.All.InRange(-1e-6, 100 + 1e-6));
        Assert.That(ticks.Select(scale.TextOf), Is.Unique);
    }

    [Test]
    public void Ticks_OfALogarithmicScale_ArePowersOfTen()
    {
        Scale scale = new(0.001, 0.1, 100, 0, isLogarithmic: true);
        Assert.That(scale.Ticks().Select(scale.TextOf), Is.EqualTo(new[] { "0.001", "0.01", "0.1" }));
        Assert.That(scale.At(0.01), Is.EqualTo(50).Within(1e-9));
    }
}
