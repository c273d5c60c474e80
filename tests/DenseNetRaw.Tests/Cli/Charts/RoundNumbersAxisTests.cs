using DenseNetRaw.Cli.Charts;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli.Charts;

public sealed class RoundNumbersAxisTests
{
    [TestCase(176_122, 269_722, 100_000, 200_000, 500_000)]
    [TestCase(40.5, 40.5, 20, 50)]
    [TestCase(0.03, 0.3, 0.02, 0.05, 0.1, 0.2, 0.5)]
    [TestCase(100, 100, 50, 100, 200)]
    public void Ticks_OfARange_AreRoundNumbersThatEncloseIt(double least, double most, params double[] expected)
    {
        RoundNumbersAxis axis = new(least, most);
        axis.GetTickValues(out IList<double> labels, out IList<double> ticks, out IList<double> minor);
        Assert.That(ticks, Is.EqualTo(expected).Within(1e-12));
        Assert.That(labels, Is.EqualTo(ticks));
        Assert.That(minor, Is.Empty);
        Assert.That((axis.Minimum, axis.Maximum), Is.EqualTo((ticks[0], ticks[^1])));
    }
}
