using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Tests.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Memory;

/// <summary>What auto keeps, on plans alone. The reference backend fuses no norms, the Cpu backend does.</summary>
public sealed class MemoryBudgetTests
{
    private static readonly DenseNetConfiguration Published = DenseNetConfiguration.Named("densenet-bc-100-12");

    [Test]
    public void Auto_WithTwoHundredRandomBudgets_NeverExceedsOneNorRefusesWhatSlabOrSlabMinimalMeets()
    {
        using ReferenceBackend reference = new();
        using CpuBackend cpu = new(threads: 3);
        int refused = 0;
        for (int seed = 0; seed < 200; seed++)
        {
            Random random = new(seed);
            DenseNet model = new(RandomNetwork.Of(seed));
            Backend backend = random.Next(2) == 0 ? reference : cpu;
            int batchSize = random.Next(2, 65);
            SessionSettings settings = new()
            {
                TrainingBatchSizes = [batchSize, random.Next(1, batchSize)],
                EvaluationBatchSizes = [random.Next(1, 65)],
                Memory = MemoryStrategy.SlabMinimal,
            };
            long least = Math.Min(
                new SessionPlan(model, backend, settings).TotalBytes,
                new SessionPlan(model, backend, settings with { Memory = MemoryStrategy.Slab }).TotalBytes);
            long budget = (long)(least * (0.9 + random.NextDouble()));
            settings = settings with { Memory = MemoryStrategy.Auto, BudgetBytes = budget };
            SessionPlan plan = new(model, backend, settings);
            string what = $"seed {seed}: {budget} bytes, of which slab or slab-minimal needs {least}";
            if (least <= budget)
            {
                Assert.That(plan.TotalBytes, Is.LessThanOrEqualTo(budget), what);
            }
            else
            {
                refused++;
                Assert.That(plan.RequireFit, Throws.TypeOf<InsufficientMemoryException>(), what);
            }
        }

        Assert.That(refused, Is.InRange(5, 50), "budgets below what both need");
    }

    [Test]
    public void Auto_WithABudgetHalfwayBetweenTheSlabs_RecomputesLessThanSlabMinimalAndMoreThanNothing()
    {
        using CpuBackend cpu = new(threads: 4);
        using ReferenceBackend reference = new();
        foreach (Backend backend in new Backend[] { cpu, reference })
        {
            MemoryPlan minimal = Rungs.Plan(Published, MemoryStrategy.SlabMinimal, backend, batchSize: 64);
            long slab = Rungs.PeakBytes(Published, MemoryStrategy.Slab, backend, batchSize: 64);
            long halfway = (minimal.PeakBytes + slab) / 2;
            MemoryPlan chosen = PlanWithin(Published, backend, halfway, batchSize: 64);
            Assert.That(chosen.PeakBytes, Is.LessThanOrEqualTo(halfway), backend.Name);
            Assert.That(
                chosen.RecomputedMultiplyAdds, Is.InRange(1, minimal.RecomputedMultiplyAdds / 2), backend.Name);
        }
    }

    [Test]
    public void Auto_WithWhatSlabNeedsWhereNormsAreFused_CostsNoMoreThanSlab()
    {
        using CpuBackend backend = new(threads: 4);
        MemoryPlan slab = Rungs.Plan(Published, MemoryStrategy.Slab, backend, batchSize: 64);
        long budget = slab.PeakBytes + (slab.PeakBytes / 100);
        Assert.That(PlanWithin(Published, backend, budget, batchSize: 64).Cost, Is.LessThanOrEqualTo(slab.Cost));
    }

    [Test]
    public void Auto_WithRoomForAll_RecomputesNothing()
    {
        using CpuBackend cpu = new(threads: 4);
        using ReferenceBackend reference = new();
        foreach (Backend backend in new Backend[] { cpu, reference })
        {
            MemoryPlan chosen = PlanWithin(Published, backend, long.MaxValue, batchSize: 64);
            Assert.That(chosen.Recomputed, Is.Empty, backend.Name);
        }
    }

    [Test]
    public void Auto_WithWhatSlabNeeds_FitsAndRecomputesNoMoreThanSlab()
    {
        using ReferenceBackend reference = new();
        using CpuBackend cpu = new(threads: 4);
        int slabIsSmallest = 0;
        for (int seed = 1; seed < 60; seed += 2)
        {
            foreach (Backend backend in new Backend[] { cpu, reference })
            {
                DenseNetConfiguration network = RandomNetwork.Of(seed);
                MemoryPlan slab = Rungs.Plan(network, MemoryStrategy.Slab, backend, batchSize: 1 + (seed % 40));
                MemoryPlan chosen = PlanWithin(network, backend, slab.PeakBytes, batchSize: 1 + (seed % 40));
                long minimal = Rungs.PeakBytes(network, MemoryStrategy.SlabMinimal, backend, 1 + (seed % 40));
                slabIsSmallest += slab.PeakBytes < minimal ? 1 : 0;
                Assert.That(chosen.PeakBytes, Is.LessThanOrEqualTo(slab.PeakBytes), $"seed {seed}, {backend.Name}");
                Assert.That(CostOf(chosen), Is.LessThanOrEqualTo(CostOf(slab)), $"seed {seed}, {backend.Name}");
            }
        }

        Assert.That(slabIsSmallest, Is.Positive, "some replay takes more than keeping");
    }

    [Test]
    public void Auto_WhereEvaluationNeedsMostMemory_KeepsWhatTrainingHasRoomFor()
    {
        using CpuBackend backend = new(threads: 2);
        SessionPlan plan = new(
            new DenseNet(DenseNetConfiguration.Named("densenet-bc-16-4")), backend,
            new SessionSettings
            {
                TrainingBatchSizes = [4, 3],
                EvaluationBatchSizes = [100],
                Memory = MemoryStrategy.Auto,
                BudgetBytes = 1 << 30,
            });
        Assert.That(plan.BatchSize, Is.EqualTo(100));
        Assert.That(plan.Steps[(4, true)].Plan.Recomputed.Concat(plan.Steps[(3, true)].Plan.Recomputed), Is.Empty);
    }

    [Test]
    public void Auto_WhereNormsAreNotFused_KeepsNormalisedCopiesAsTheBudgetAllows()
    {
        using ReferenceBackend backend = new();
        MemoryPlan slab = Rungs.Plan(Published, MemoryStrategy.Slab, backend, batchSize: 64);
        MemoryStrategy choice = Rungs.Auto(Published, backend, slab.PeakBytes * 3 / 2, batchSize: 64);
        MemoryPlan chosen = Rungs.Plan(Published, choice, backend, batchSize: 64);
        Assert.That(choice.AlsoKept, Has.Some.StartsWith("norm-relu"));
        Assert.That(chosen.RecomputedBytes, Is.LessThan(0.9 * slab.RecomputedBytes));
    }

    [TestCase("densenet-bc-40-12", true)]
    [TestCase("densenet-bc-40-12", false)]
    [TestCase("densenet-40-12", false)]
    public void Recomputation_AsBudgetsGrow_Falls(string name, bool isFused)
    {
        DenseNetConfiguration network = DenseNetConfiguration.Named(name);
        using Backend backend = isFused ? new CpuBackend(threads: 4) : new ReferenceBackend();
        MemoryPlan minimal = Rungs.Plan(network, MemoryStrategy.SlabMinimal, backend, batchSize: 16);
        long all = PlanWithin(network, backend, long.MaxValue, batchSize: 16).PeakBytes;
        double[] costs =
        [
            .. Enumerable.Range(0, 11).Select(tenth => CostOf(PlanWithin(
                network, backend, minimal.PeakBytes + (tenth * (all - minimal.PeakBytes) / 10), batchSize: 16))),
        ];

        // A placement may waste more within a larger budget, and then a little less is kept.
        for (int i = 1; i < costs.Length; i++)
            Assert.That(costs[i], Is.LessThanOrEqualTo(costs[i - 1] + (0.02 * CostOf(minimal))), $"{i} tenths");

        Assert.That(costs[5], Is.LessThan(0.6 * CostOf(minimal)));
        Assert.That(costs[^1], Is.Zero);
    }

    [Test]
    public void Choice_OfEightValuesAtMost_IsNearTheBestOfAllSubsets()
    {
        using ReferenceBackend reference = new();
        using CpuBackend cpu = new(threads: 4);
        List<double> gaps = [];
        for (int seed = 0; gaps.Count < 60; seed++)
            gaps.AddRange(Gaps(RandomNetwork.Of(seed), seed % 3 == 0 ? reference : cpu, batchSize: 8 + seed));

        // As shares of what slab-minimal recomputes. Placements waste some bytes, which the choice cannot foresee.
        Assert.That(gaps.Average(), Is.LessThan(0.01));
        Assert.That(gaps.Max(), Is.LessThan(0.15));
    }

    /// <summary>
    /// By how much the choice costs more than the best subset whose plan fits, for three budgets; none where there are
    /// too many values to try all subsets, or next to nothing to choose.
    /// </summary>
    private static IEnumerable<double> Gaps(DenseNetConfiguration network, Backend backend, int batchSize)
    {
        MemoryPlan minimal = Rungs.Plan(network, MemoryStrategy.Auto, backend, batchSize);
        string[] names = [.. Recomputation.Of(minimal).Select(value => value.Name)];
        if (names.Length is < 4 or > 8)
            yield break;

        (long PeakBytes, double Cost)[] subsets = [.. Enumerable.Range(0, 1 << names.Length).Select(bits =>
        {
            HashSet<string> kept = [.. names.Where((_, i) => (bits >> i & 1) == 1)];
            MemoryPlan plan = Rungs.Plan(network, MemoryStrategy.Auto with { AlsoKept = kept }, backend, batchSize);
            return (plan.PeakBytes, CostOf(plan));
        })];
        if (subsets[^1].PeakBytes < 1.01 * minimal.PeakBytes)
            yield break;

        foreach (double share in new[] { 0.2, 0.5, 0.8 })
        {
            long budget = minimal.PeakBytes + (long)(share * (subsets[^1].PeakBytes - minimal.PeakBytes));
            double best = subsets.Where(subset => subset.PeakBytes <= budget).Min(subset => subset.Cost);
            yield return (CostOf(PlanWithin(network, backend, budget, batchSize)) - best) / CostOf(minimal);
        }
    }

    private static double CostOf(MemoryPlan plan) => plan.Recomputed.Sum(call => call.Cost);

    private static MemoryPlan PlanWithin(
        DenseNetConfiguration network, Backend backend, long arenaBytes, int batchSize) =>
        Rungs.Plan(network, Rungs.Auto(network, backend, arenaBytes, batchSize), backend, batchSize);
}
