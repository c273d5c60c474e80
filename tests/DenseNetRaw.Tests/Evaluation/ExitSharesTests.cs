using DenseNetRaw.Evaluation;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Evaluation;

/// <summary>How many images leave where, and what that costs.</summary>
public sealed class ExitSharesTests
{
    private static readonly long[] Costs = [10, 25, 70, 100];

    [Test]
    public void Shares_AreProportionalToPowersOfQ()
    {
        Assert.That(ExitShares.Of(1, 4), Is.All.EqualTo(0.25));
        Assert.That(ExitShares.Of(0.5, 3), Is.EqualTo(new[] { 4 / 7.0, 2 / 7.0, 1 / 7.0 }).Within(1e-15));
        Assert.That(ExitShares.Of(2, 3), Is.EqualTo(new[] { 1 / 7.0, 2 / 7.0, 4 / 7.0 }).Within(1e-15));
        Assert.That(ExitShares.Of(0, 3), Is.EqualTo(new[] { 1.0, 0, 0 }));
        Assert.That(ExitShares.Of(double.PositiveInfinity, 3), Is.EqualTo(new[] { 0.0, 0, 1 }));
    }

    [Test]
    public void Sweep_IsTheAuthors() =>
        Assert.That((ExitShares.Sweep.Count, ExitShares.Sweep[0], ExitShares.Sweep[^1]), Is.EqualTo((39, 0.05, 1.95)));

    [TestCase(10)]
    [TestCase(10.001)]
    [TestCase(31)]
    [TestCase(50)]
    [TestCase(99.999)]
    [TestCase(100)]
    public void Q_OfABudget_CostsThatBudget(double budget)
    {
        IReadOnlyList<double> shares = ExitShares.Of(ExitShares.QFor(budget, Costs), Costs.Length);
        Assert.That(shares.Zip(Costs, (share, cost) => share * cost).Sum(), Is.EqualTo(budget).Within(1e-9));
    }

    [Test]
    public void Q_GrowsWithTheBudget_AndSoDoesWhatImagesCost()
    {
        ExitAnswers answers = RandomAnswers.Of(seed: 1, Costs.Length, images: 2000);
        double lastQ = -1, lastCost = 0;
        for (double budget = 10; budget <= 100; budget += 5)
        {
            FittedThresholds fitted = FittedThresholds.ForBudget(answers, budget, Costs);
            double cost = SimulatedExits.Of(answers, fitted.Thresholds, Costs).MultiplyAdds;
            Assert.That(fitted.Q, Is.GreaterThan(lastQ));
            Assert.That(cost, Is.GreaterThan(lastCost).And.EqualTo(budget).Within(Costs[^1] * Costs.Length / 2000.0));
            (lastQ, lastCost) = (fitted.Q, cost);
        }
    }

    [TestCase(9.9)]
    [TestCase(100.1)]
    [TestCase(double.NaN)]
    public void Q_OfABudgetThatNoSharesHave_SaysTheRange(double budget) => Assert.That(
        () => ExitShares.QFor(budget, Costs),
        Throws.ArgumentException.With.Message.Contains("between").And.Message.Contains("10 (10.0%) and 100"));
}
