using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Training;

public sealed class BudgetSearchTests
{
    private const long Budget = 40 << 20;

    private static readonly DenseNetConfiguration Small =
        DenseNetConfiguration.Named("densenet-bc-16-4") with { InputHeight = 12, InputWidth = 8 };

    private static IReadOnlyList<MemoryStrategy> Ladder => MemoryStrategy.Ladder;

    [TestCaseSource(nameof(Ladder))]
    public void LargestBatch_OfABudget_FitsAndOneMoreDoesNot(MemoryStrategy memory)
    {
        using ReferenceBackend backend = new();
        BudgetSearch search = new(backend, Budget);
        SessionPlan largest = search.LargestBatch(Small, memory);
        Assert.That(largest.BatchSize, Is.GreaterThan(1));
        Assert.That(search.Plan(Small, memory, largest.BatchSize).TotalBytes, Is.EqualTo(largest.TotalBytes));
        Assert.That(largest.TotalBytes, Is.LessThanOrEqualTo(Budget));
        Assert.That(search.Plan(Small, memory, largest.BatchSize + 1).TotalBytes, Is.GreaterThan(Budget));
    }

    [TestCaseSource(nameof(Ladder))]
    public void Deepest_OfABudget_FitsAndTheNextDoesNot(MemoryStrategy memory)
    {
        using ReferenceBackend backend = new();
        BudgetSearch search = new(backend, Budget / 4);
        DenseNetConfiguration plain = DenseNetConfiguration.Named("densenet-7-3") with { Classes = 5 };
        foreach (DenseNetConfiguration family in new[] { Small, plain })
        {
            SessionPlan deepest = search.Deepest(family, memory, 5);
            DenseNetConfiguration found = (DenseNetConfiguration)deepest.Model.Configuration;
            SessionPlan next = search.Plan(family.WithBlocksOf(found.BlockLayers[0] + 1), memory, 5);
            Assert.That(deepest.Fits, Is.True);
            Assert.That(next.Fits, Is.False);
            Assert.That(next.Model.Configuration.Depth, Is.EqualTo(found.Depth + (family == plain ? 3 : 6)));
            Assert.That((found.Classes, found.InputHeight), Is.EqualTo((family.Classes, family.InputHeight)));
        }
    }

    [Test]
    public void LargestBatch_WhereNotOneImageFits_IsOneThatDoesNotFit()
    {
        using ReferenceBackend backend = new();
        SessionPlan plan = new BudgetSearch(backend, 1000).LargestBatch(Small, MemoryStrategy.Naive);
        Assert.That((plan.BatchSize, plan.Fits), Is.EqualTo((1, false)));
    }

    [Test]
    public void LargestBatch_OfABudgetBeyondWhatCanBeAddressed_StopsWhereStoragesEnd()
    {
        using ReferenceBackend backend = new();
        BudgetSearch search = new(backend, long.MaxValue);
        DenseNetConfiguration wide = Small with { InitialChannels = 50_000 };
        SessionPlan largest = search.LargestBatch(wide, MemoryStrategy.SlabMinimal);
        Assert.That(largest.BatchSize, Is.GreaterThan(1000));
        Assert.That(
            () => search.Plan(wide, MemoryStrategy.SlabMinimal, largest.BatchSize + 1),
            Throws.ArgumentException.With.Message.Contains("too large"));
    }

    [Test]
    public void EveryStrategy_OfABatch_ThatAutoMayChooseFor_NeverCostsMoreThanSlabMinimal()
    {
        using ReferenceBackend backend = new();
        IReadOnlyList<SessionPlan> plans = new BudgetSearch(backend, Budget).EveryStrategy(Small, 16);
        SessionPlan least = plans.Single(plan => plan.Memory.Name == "slab-minimal"), auto = plans[^1];
        Assert.That(plans.Select(plan => plan.Memory.Name), Is.EqualTo(Ladder.Select(m => m.Name).Append("auto")));
        Assert.That(auto.Fits, Is.True);
        Assert.That(auto.Cost, Is.LessThan(least.Cost));
        Assert.That(auto.Planned.Kept, Is.Not.Empty);
        Assert.That(auto.Planned.RecomputedValues, Is.LessThan(least.Planned.RecomputedValues));
    }

    [TestCase("densenet-bc-100-12", 100)]
    [TestCase("densenet-40-12", 40)]
    [TestCase("densenet121", 121)]
    [TestCase("densenet161", 161)]
    public void Depth_OfANetwork_IsThatOfItsName(string name, int depth) =>
        Assert.That(DenseNetConfiguration.Named(name).Depth, Is.EqualTo(depth));

    [Test]
    public void WithBlocksOf_ANamedFamily_KeepsTheRestAndRenames()
    {
        DenseNetConfiguration deep = (Small with { DropRate = 0.2 }).WithBlocksOf(79);
        Assert.That((deep.Name, deep.Depth, deep.DropRate), Is.EqualTo(("densenet-bc-478-4", 478, 0.2)));
        Assert.That(
            () => DenseNetConfiguration.Named("densenet121").WithBlocksOf(3),
            Throws.ArgumentException.With.Message.Contains("densenet121"));
    }
}
