using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;
using DenseNetRaw.Operations;
using DenseNetRaw.Verification;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Memory;

/// <summary>Faults planted in operations and plans: each is named by call, node and variable.</summary>
public sealed class PoisonedPlayTests
{
    private static readonly Shape Small = new(1, 3, 2, 2);

    [Test]
    public void PlayPoisoned_OfChannelsThatNothingWrote_NamesTheFirstOfThem()
    {
        SampleGraph graph = new(MemoryStrategy.Slab);
        Variable wide = graph.Tape.NewVariable("wide", Small);
        Copy.Record(graph.Tape, graph.Input("x", Small with { C = 2 }), wide.Channels(0, 2));
        Add.Record(graph.Tape, wide, wide);
        AssertNamed(
            graph, null,
            "call 1, forward Add of Add(wide, wide) → (wide + wide), reads NaN in channel 2 of wide, which lives in "
            + "calls 0…1 and was not written before");
    }

    [Test]
    public void PlayPoisoned_OfAnOperationThatHidesAStaleRead_NamesWhatItMayHaveRead()
    {
        // Without reuse nothing else lies in a dead place, so that the NaN is still there.
        SampleGraph graph = new(MemoryStrategy.Naive);
        Variable x = graph.Input("x", Small);
        Variable stale = graph.Tape.NewVariable("stale", Small), y = graph.Tape.NewVariable("y", Small);
        Copy.Record(graph.Tape, x, stale);
        Copy.Record(graph.Tape, x, y);
        graph.Tape.Record(new Faulty(
            [stale, y], graph.Tape.NewVariable("peeked", Small),
            (node, b) => b.Custom(
                "Peek", [y.Value], played => played.Add(stale.Value, y.Value, node.Outputs[0].Value),
                [node.Outputs[0].Value], [])));
        AssertNamed(
            graph, null,
            "call 2, forward Peek of Faulty(stale, y) → peeked, leaves NaN in channel 0 of peeked, which held NaN "
            + "before it, lives in calls 2…2 and was not written before; its node knows, and the call does not name, "
            + "dead stale (calls 0…0)");
    }

    [Test]
    public void PlayPoisoned_OfASumIntoWhatNothingCleared_NamesTheGradient()
    {
        SampleGraph graph = new(MemoryStrategy.Slab);
        Variable x = graph.Input("x", Small), y = graph.Tape.NewVariable("y", Small);
        graph.Tape.Record(new Faulty(
            [x], y, (_, b) => b.Copy(x.Value, y.Value),
            (_, b) => b.Custom(
                "CarelessBackward", [y.Gradient], played => played.Accumulate(y.Gradient, x.Gradient),
                writes: [x.Gradient], sums: [])));
        AssertNamed(
            graph, y,
            "call 2, backward CarelessBackward of Faulty(x) → y, leaves NaN in channel 0 of d x, which held NaN "
            + "before it, lives in calls 2…2 and was not written before; its node knows, and the call does not name, "
            + "dead x (calls 0…0), y (calls 0…0)");
    }

    [Test]
    public void PlayPoisoned_OfAnOperationThatComputesNaN_NamesIt()
    {
        SampleGraph graph = new(MemoryStrategy.Slab);
        Variable x = graph.Input("x", Small), y = graph.Tape.NewVariable("y", Small);
        graph.Tape.Record(new Faulty(
            [x], y,
            (_, b) => b.Custom("Root", [x.Value], played => Root(played, x.Value, y.Value), [y.Value], [])));
        AssertNamed(
            graph, null,
            "call 0, forward Root of Faulty(x) → y, leaves NaN in channel 1 of y, which held NaN before it, lives in "
            + "calls 0…0 and was not written before");
    }

    [Test]
    public void PlayPoisoned_OfAPlanThatCutsALifeShort_NamesTheReadAndTheWriter()
    {
        SampleGraph graph = new(MemoryStrategy.Slab);
        Variable x = graph.Input("x", Small);
        Variable square = Multiply.Record(graph.Tape, x, x), twice = Add.Record(graph.Tape, x, x);
        Add.Record(graph.Tape, square, twice);
        using ReferenceBackend backend = new();
        using SamplePlay play = new(graph, backend, loss: null);
        MemoryPlan cut = new(play.Plan.Calls, [.. play.Plan.Placements.Select(place => Cut(place, square))]);
        play.Upload();
        AssertNamed(
            cut, backend,
            "call 2, forward Add of Add((x · x), (x + x)) → ((x · x) + (x + x)), reads NaN in channel 0 of (x · x), "
            + "which lives in calls 0…0, is dead now and was written by call 0 (Multiply)");
    }

    [Test]
    public void PlayPoisoned_OfImagesWithANaN_SaysThatTheyCameBeforeTheStep()
    {
        SampleGraph graph = new(MemoryStrategy.Slab);
        Variable x = graph.Input("x", Small);
        graph.Numbers[x][9] = double.NaN;
        Add.Record(graph.Tape, x, x);
        AssertNamed(
            graph, null,
            "call 0, forward Add of Add(x, x) → (x + x), reads NaN in channel 2 of x, which lives in calls 0…0 "
            + "and was written before the step");
    }

    private static void AssertNamed(SampleGraph graph, Variable? loss, string message)
    {
        using ReferenceBackend backend = new();
        using SamplePlay play = new(graph, backend, loss);
        play.Upload();
        AssertNamed(play.Plan, backend, message);
    }

    private static void AssertNamed(MemoryPlan plan, Backend backend, string message)
    {
        InvalidOperationException? thrown = Assert.Throws<InvalidOperationException>(() => plan.PlayPoisoned(backend));
        Assert.That(thrown!.Message.Replace($" {Small}", "", StringComparison.Ordinal), Is.EqualTo(message));
    }

    private static Placement Cut(Placement place, Variable variable)
    {
        List<Lifetime> lives = place.Storage == variable.Value.Storage ? [new Lifetime(0, 0)] : [.. place.Lifetimes];
        return new Placement(place.Storage, lives, place.Bytes, place.IsShared) { Offset = place.Offset };
    }

    private static void Root(Backend backend, Tensor x, Tensor y)
    {
        double[] values = new double[x.Shape.Count];
        backend.Download(x, values);
        for (int i = 0; i < values.Length; i++)
            values[i] = i == x.Shape.Plane ? double.NaN : 0;
        backend.Upload(values, y);
    }

    /// <summary>A node whose calls are handed to it.</summary>
    private sealed class Faulty(
        IReadOnlyList<Variable> inputs, Variable y, Action<Node, Backend> forward,
        Action<Node, Backend>? backward = null) : Node(inputs, [y])
    {
        public override void Forward(Backend backend) => forward(this, backend);

        public override void Backward(Backend backend) => backward?.Invoke(this, backend);
    }
}
