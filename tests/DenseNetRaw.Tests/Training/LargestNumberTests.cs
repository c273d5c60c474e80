using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Training;

public sealed class LargestNumberTests
{
    private const int Limit = 1_000_000;

    private static IEnumerable<Func<int, double>> Sizes =>
    [
        n => n,
        n => 1000 + (3.7 * n),
        n => (double)n * n,
        n => Math.Sqrt(n),
        n => Math.Ceiling(n / 100.0),
        n => n < 300 ? 1 : 1e9,
        n => n < 300 ? n : double.PositiveInfinity,
        n => Math.Exp(Math.Min(n, 700)),
    ];

    [TestCaseSource(nameof(Sizes))]
    public void LargestNumber_OfSizesThatDoNotFall_IsTheLastThatFits(Func<int, double> size)
    {
        foreach (int expected in new[] { 0, 1, 2, 3, 64, 299, 12_345 })
        {
            double room = expected == 0 ? size(1) / 2 : size(expected);
            HashSet<int> tried = [];
            int largest = LargestNumber.For(Limit, room, number =>
            {
                tried.Add(number);
                return size(number);
            });
            Assert.That(largest == 0 || size(largest) <= room);
            Assert.That(size(largest + 1), Is.GreaterThan(room).Or.EqualTo(size(Limit)));
            Assert.That(largest == Limit || tried.Contains(largest + 1));
            Assert.That(tried, Has.Count.LessThan(70));
        }
    }

    [Test]
    public void LargestNumber_WhereTheLimitFits_IsTheLimit() =>
        Assert.That(LargestNumber.For(Limit, 1, _ => 1), Is.EqualTo(Limit));

    [Test]
    public void LargestNumber_OfNearlyAStraightLine_TakesFewTries()
    {
        int tries = 0;
        int largest = LargestNumber.For(Limit, 5e9, number =>
        {
            tries++;
            return 1e7 + (131_072.0 * number) + (number % 7);
        });
        Assert.That(largest, Is.EqualTo(38_070));
        Assert.That(tries, Is.LessThan(20));
    }
}
