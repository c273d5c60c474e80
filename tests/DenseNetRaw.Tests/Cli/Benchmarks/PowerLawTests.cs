using DenseNetRaw.Cli.Benchmarks;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli.Benchmarks;

public sealed class PowerLawTests
{
    [TestCase(1)]
    [TestCase(1.65)]
    [TestCase(-0.5)]
    public void Exponent_OfAPower_IsItsOwn(double exponent) =>
        Assert.That(
            PowerLaw.Exponent(Enumerable.Range(3, 9).Select(x => ((double)x, 7 * Math.Pow(x, exponent)))),
            Is.EqualTo(exponent).Within(1e-12));

    /// <summary>The survey of the lineage states 1.41 for it.</summary>
    [Test]
    public void Exponent_OfThePublishedNaiveCurve_IsThatOfTheSurvey() =>
        Assert.That(
            PowerLaw.Exponent(PublishedMemory.Figure4[0].Points.Select(p => ((double)p.Depth, p.Gigabytes))),
            Is.EqualTo(1.41).Within(0.005));

    [Test]
    public void Exponent_OfOnePoint_IsNone() =>
        Assert.That(PowerLaw.Exponent([(3, 4), (3, 4)]), Is.Null);
}
