using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;
using DenseNetRaw.Operations;
using DenseNetRaw.Verification;
using FsCheck.Fluent;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Memory;

public class MemoryPlannerTests
{
    [Test]
    public void Plan_OfAnyGraph_LetsNoTwoLivingStoragesOverlap() => ForAnyGraph(seed =>
    {
        MemoryPlan plan = PlanOf(new RandomGraph(seed, MemoryStrategy.Slab, drops: true));
        foreach ((Placement a, Placement b) in PairsOf(plan.Placements))
        {
            bool isApart = a.Offset + a.Bytes <= b.Offset || b.Offset + b.Bytes <= a.Offset;
            Assert.That(isApart || !a.Overlaps(b), $"{a.Storage} and {b.Storage}");
        }
    });

    [Test]
    public void Plan_OfAnyGraph_LiesBetweenTheLowerBoundAndTheSum() => ForAnyGraph(seed =>
    {
        MemoryPlan plan = PlanOf(new RandomGraph(seed, MemoryStrategy.Slab, drops: true));
        long sum = plan.Placements.Sum(placement => placement.Bytes);
        Assert.That(plan.PeakBytes, Is.InRange(plan.LowerBoundBytes, sum));
        Assert.That(plan.BytesByRole.Values.Sum(), Is.EqualTo(plan.LowerBoundBytes));
        Assert.That(plan.Placements.Select(placement => placement.Offset % 64), Is.All.Zero);
    });

    [Test]
    public void Plan_OfAnyGraph_HoldsEveryTensorThatACallTouches() => ForAnyGraph(seed =>
    {
        MemoryPlan plan = PlanOf(new RandomGraph(seed, MemoryStrategy.Slab, drops: true));
        Dictionary<Storage, Placement> places = plan.Placements.ToDictionary(placement => placement.Storage);
        for (int i = 0; i < plan.Calls.Count; i++)
        {
            Call call = plan.Calls[i];
            foreach (Tensor tensor in call.Reads.Concat(call.Writes).Where(tensor => !tensor.Storage.IsPersistent))
            {
                Assert.That(places[tensor.Storage].Lifetimes.Any(life => life.Contains(i)), $"{tensor} during {call}");
            }
        }
    });

    [Test]
    public void Play_OfAnyGraphWithReuseAndReplays_GivesTheNumbersOfNaive() => ForAnyGraph(seed =>
    {
        List<double[]> Numbers(MemoryStrategy memory, bool drops, bool isPoisoned = false) =>
            NumbersOf(new RandomGraph(seed, memory, drops), isPoisoned);

        List<double[]> expected = Numbers(MemoryStrategy.Naive, drops: false);
        Assert.That(Numbers(MemoryStrategy.Slab, drops: false), Is.EqualTo(expected));
        Assert.That(Numbers(MemoryStrategy.Slab, drops: true), Is.EqualTo(expected));
        Assert.That(Numbers(MemoryStrategy.Slab, drops: true, isPoisoned: true), Is.EqualTo(expected));
    });

    [Test]
    public void Plan_WithoutReuse_PlacesEveryStorageApart()
    {
        MemoryPlan plan = PlanOf(new RandomGraph(5, MemoryStrategy.Naive, drops: false));
        Assert.That(plan.PeakBytes, Is.EqualTo(plan.Placements.Sum(placement => placement.Bytes)));
        Placement[] inOrder = [.. plan.Placements.OrderBy(placement => placement.Offset)];
        Assert.That(inOrder.Zip(inOrder.Skip(1)).All(p => p.First.Offset + p.First.Bytes <= p.Second.Offset));
    }

    [Test]
    public void Plan_OfAKeptStorage_LetsItLiveToTheEnd()
    {
        SampleGraph graph = new(MemoryStrategy.Slab);
        Variable x = graph.Input("x", Shape.Scalar);
        Variable early = Add.Record(graph.Tape, x, x), kept = Add.Record(graph.Tape, x, early);
        kept.Value.Storage.IsKept = true;
        MemoryPlan plan = PlanOf(graph.Tape, Multiply.Record(graph.Tape, early, kept));
        Assert.Multiple(() =>
        {
            Assert.That(LivesOf(plan, kept.Value), Is.EqualTo([new Lifetime(1, plan.Calls.Count - 1)]));
            Assert.That(LivesOf(plan, early.Value).Single().Last, Is.LessThan(plan.Calls.Count - 1));
        });
    }

    [Test]
    public void Plan_OfNestedDroppedStorages_ReplaysEachJustBeforeItsReader()
    {
        SampleGraph graph = new(MemoryStrategy.Slab);
        Shape weight = new(3, 3, 1, 1);
        Variable a = Dropout.Record(graph.Tape, graph.Input("x", new Shape(2, 3, 4, 4)), 0.5, ordinal: 0);
        Variable b = Convolution.Record(graph.Tape, a, graph.Parameter("w1", weight));
        Variable c = Multiply.Record(graph.Tape, b, b);
        Variable y = Convolution.Record(graph.Tape, c, graph.Parameter("w2", weight));
        foreach (Variable dropped in new[] { a, b, c })
        {
            dropped.Value.Storage.IsRecomputed = true;
        }

        MemoryPlan plan = PlanOf(graph.Tape, y);
        string[] expected =
        [
            "forward Dropout", "forward Convolution", "forward Multiply", "forward Convolution", "backward Fill",
            "replay Dropout", "replay Convolution", "replay Multiply", "backward ConvolutionBackwardWeights",
            "backward ConvolutionBackwardData", "backward MultiplyBackward", "backward MultiplyBackward",
            "backward ConvolutionBackwardWeights", "backward ConvolutionBackwardData", "backward DropoutBackward",
        ];
        Assert.Multiple(() =>
        {
            Assert.That(plan.Calls.Select(call => call.ToString().Split('(')[0]), Is.EqualTo(expected));
            Assert.That(LivesOf(plan, a.Value), Is.EqualTo([new Lifetime(0, 1), new Lifetime(5, 12)]));
            Assert.That(LivesOf(plan, b.Value), Is.EqualTo([new Lifetime(1, 2), new Lifetime(6, 11)]));
            Assert.That(LivesOf(plan, c.Value), Is.EqualTo([new Lifetime(2, 3), new Lifetime(7, 8)]));
            Assert.That(plan.RecomputedMultiplyAdds, Is.EqualTo(2 * 3 * 3 * 16));
        });
    }

    [Test]
    public void Plan_OfADroppedConcatenation_ReplaysEveryNodeThatWroteIt()
    {
        SampleGraph graph = new(MemoryStrategy.Slab);
        Shape shape = new(1, 2, 3, 3);
        Variable wide = graph.Tape.NewVariable("wide", shape with { C = 4 });
        wide.Value.Storage.IsRecomputed = true;
        Copy.Record(graph.Tape, graph.Input("a", shape), wide.Channels(0, 2));
        Copy.Record(graph.Tape, graph.Input("b", shape), wide.Channels(2, 2));
        MemoryPlan plan = PlanOf(graph.Tape, Multiply.Record(graph.Tape, wide, wide));
        IEnumerable<Call> replayed = plan.Calls.Where(call => call.Phase == Phase.Replay);
        Assert.That(replayed.Select(call => call.Node), Is.EqualTo(graph.Tape.Nodes.Take(2)));
    }

    [Test]
    public void Plan_OfFirstTouches_StoresWhatIsCoveredAndClearsWhatIsNot()
    {
        SampleGraph graph = new(MemoryStrategy.Slab);
        Variable x = graph.Input("x", new Shape(1, 4, 2, 2));
        Variable first = x.Channels(0, 2), second = x.Channels(2, 2);
        MemoryPlan plan = PlanOf(graph.Tape, Add.Record(graph.Tape, Add.Record(graph.Tape, first, second), second));
        string[] expected =
        [
            "forward Add(x[0…1] [1, 2, 2, 2], x[2…3] [1, 2, 2, 2]) → (x + x) [1, 2, 2, 2]",
            "forward Add((x + x) [1, 2, 2, 2], x[2…3] [1, 2, 2, 2]) → ((x + x) + x) [1, 2, 2, 2]",
            "backward Fill() → d ((x + x) + x) [1, 2, 2, 2]",
            "backward Accumulate(d ((x + x) + x) [1, 2, 2, 2]) stores d (x + x) [1, 2, 2, 2]",
            "backward Fill() → d x [1, 4, 2, 2]",
            "backward Accumulate(d ((x + x) + x) [1, 2, 2, 2]) → d x[2…3] [1, 2, 2, 2]",
            "backward Accumulate(d (x + x) [1, 2, 2, 2]) → d x[0…1] [1, 2, 2, 2]",
            "backward Accumulate(d (x + x) [1, 2, 2, 2]) → d x[2…3] [1, 2, 2, 2]",
        ];
        Assert.That(plan.Calls.Select(call => call.ToString()), Is.EqualTo(expected));
    }

    [Test]
    public void Plan_OfAReadBeforeAnyWrite_NamesNodeAndTensor()
    {
        Tape tape = new(MemoryStrategy.Slab);
        Variable x = tape.NewInput("x", Shape.Scalar), nothing = tape.NewVariable("nothing", Shape.Scalar);
        Add.Record(tape, x, nothing);
        Assert.That(
            () => PlanOf(tape),
            Throws.InvalidOperationException.With.Message.EqualTo(
                "Add of Add(x [1, 1, 1, 1], nothing [1, 1, 1, 1]) → (x + nothing) [1, 1, 1, 1] "
                + "reads nothing [1, 1, 1, 1] before anything wrote it"));
    }

    [Test]
    public void Plan_OfANodeThatNoGradientReaches_LeavesItsBackwardOut()
    {
        SampleGraph graph = new(MemoryStrategy.Slab);
        Variable x = graph.Input("x", Shape.Scalar);
        Multiply.Record(graph.Tape, x, x);
        MemoryPlan plan = PlanOf(graph.Tape, Add.Record(graph.Tape, x, x));
        IEnumerable<Call> beside = plan.Calls.Where(call => call.Node == graph.Tape.Nodes[0]);
        Assert.That(beside.Select(call => call.Phase), Is.EqualTo([Phase.Forward]));
    }

    private static void ForAnyGraph(Action<int> holds) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), holds).CheckRepeatably();

    private static MemoryPlan PlanOf(RandomGraph random) => PlanOf(random.Graph.Tape, random.Loss);

    private static MemoryPlan PlanOf(Tape tape, Variable? loss = null)
    {
        using ReferenceBackend backend = new();
        return MemoryPlanner.Plan(tape, backend, loss);
    }

    private static List<double[]> NumbersOf(RandomGraph random, bool isPoisoned)
    {
        using ReferenceBackend backend = new() { Step = new StepState(Seed: 3, Number: 2, LearningRate: 0) };
        using SamplePlay play = new(random.Graph, backend, random.Loss);
        play.Upload();
        if (isPoisoned)
        {
            play.Plan.PlayPoisoned(backend);
        }
        else
        {
            play.Plan.Play(backend);
        }

        return random.Results(play);
    }

    private static IReadOnlyList<Lifetime> LivesOf(MemoryPlan plan, Tensor tensor) =>
        plan.Placements.Single(placement => placement.Storage == tensor.Storage).Lifetimes;

    private static IEnumerable<(Placement A, Placement B)> PairsOf(IReadOnlyList<Placement> placements) =>
        placements.SelectMany((a, i) => placements.Skip(i + 1).Select(b => (a, b)));
}
