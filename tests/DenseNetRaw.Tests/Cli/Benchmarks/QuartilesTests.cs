using DenseNetRaw.Cli.Benchmarks;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli.Benchmarks;

public sealed class QuartilesTests
{
    [Test]
    public void Quartiles_OfFiveValues_AreTheThreeInTheMiddle() =>
        Assert.That(Quartiles.Of([9, 1, 3, 7, 5]), Is.EqualTo(new Quartiles(3, 5, 7)));

    [Test]
    public void Quartiles_OfTwoValues_LieBetweenThem() =>
        Assert.That(Quartiles.Of([4, 8]), Is.EqualTo(new Quartiles(5, 6, 7)));

    [Test]
    public void Quartiles_OfNothing_AreRefused() => Assert.Throws<ArgumentException>(() => Quartiles.Of([]));
}
