using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;
using DenseNetRaw.Operations;
using DenseNetRaw.Verification;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Memory;

/// <summary>
/// Steps whose calls behind closed gates are left out beside the same steps with every call made, in an arena of NaN.
/// </summary>
[TestFixtureSource(nameof(Backends))]
public sealed class GatedPlayTests(Func<Backend> newBackend)
{
    private const int Blocks = 3, Channels = 4;
    private const double Last = 0.5;
    private const ulong Seed = 5;

    private static readonly Func<Backend>[] Backends = [() => new ReferenceBackend(), () => new CpuBackend(threads: 3)];

    [TestCase("naive")]
    [TestCase("slab")]
    [TestCase("slab-minimal")]
    public void Play_WithClosedGates_LeavesCallsOutAndGivesTheNumbersOfAllCalls(string strategy)
    {
        using Backend backend = newBackend();
        SampleGraph graph = new(MemoryStrategy.Named(strategy));
        Variable loss = RecordBlocks(graph);
        using SamplePlay play = new(graph, backend, loss);
        Variable[] states = [.. graph.Numbers.Keys.Where(variable => !graph.Perturbed.Contains(variable))];
        for (int open = 0; open < 1 << Blocks; open++)
        {
            backend.Step = new StepState(Seed, StepWith(open), LearningRate: 0);
            double[][] left = Play(play, backend, graph, states, isGated: true);
            int leftOut = play.Plan.Calls.Count(call => call.IsLeftOut(backend));
            double[][] all = Play(play, backend, graph, states, isGated: false);
            Assert.Multiple(() =>
            {
                Assert.That(leftOut, open == (1 << Blocks) - 1 ? Is.Zero : Is.Positive);
                Assert.That(left.SelectMany(values => values), Has.None.NaN, $"gates {open:b}");
                Assert.That(left, Is.EqualTo(all), $"gates {open:b}");
                AssertClosedBlocks(graph, states, left, open);
            });
        }
    }

    [Test]
    public void PlayPoisoned_WithClosedGates_MakesEveryCall()
    {
        using Backend backend = newBackend();
        SampleGraph graph = new(MemoryStrategy.SlabMinimal);
        Variable loss = RecordBlocks(graph);
        using SamplePlay play = new(graph, backend, loss);
        backend.Step = new StepState(Seed, StepWith(0), LearningRate: 0);
        play.Upload();
        int made = 0;
        play.Plan.PlayPoisoned(backend, _ => made++);
        Assert.That(made, Is.EqualTo(play.Plan.Calls.Count));
    }

    /// <summary>
    /// Blocks whose shortcut is recorded before the branch, so that going backward the branch is the first to touch
    /// the gradients of the block's input and of its statistics, which the shortcut shares.
    /// </summary>
    private static Variable RecordBlocks(SampleGraph graph)
    {
        Variable x = graph.Input("x", new Shape(2, Channels, 3, 5));
        Variable gates = SurvivalGates.Record(graph.Tape, Blocks, Last);
        for (int l = 0; l < Blocks; l++)
        {
            Variable block = x, gate = gates.Channels(l, 1);
            Statistics statistics = ChannelStatistics.Record(graph.Tape, block);
            Variable shortcut = Convolve(graph, NormRelu.Record(
                graph.Tape, block, NewNorm(graph, $"shortcut {l}", statistics, gate: null)));
            Variable branch = graph.Tape.Gated(gate, () => RecordBranch(graph, l, block, statistics, gate));
            Variable scaled = Scale.Record(graph.Tape, branch, gate);
            x = l == 1 ? AddRelu.Record(graph.Tape, shortcut, scaled) : Add.Record(graph.Tape, shortcut, scaled);
        }

        return Multiply.Record(graph.Tape, x, graph.Constant("weights of the sum", x.Shape));
    }

    private static Variable RecordBranch(SampleGraph graph, int l, Variable x, Statistics statistics, Variable gate)
    {
        Tape tape = graph.Tape;
        Variable normalised = tape.KeepOrRecompute(
            KeptValues.OtherNormalised,
            NormRelu.Record(tape, x, NewNorm(graph, $"branch {l}", statistics, gate)));
        Variable y = Convolve(graph, normalised);
        return Norm.Record(tape, y, NewNorm(graph, $"branch {l}, end", ChannelStatistics.Record(tape, y), gate));
    }

    private static Variable Convolve(SampleGraph graph, Variable x) => Convolution.Record(
        graph.Tape, x, graph.Parameter("w", new Shape(Channels, Channels, 3, 3), deviation: 0.25), 1, 1);

    private static BatchNormalisation NewNorm(SampleGraph graph, string name, Statistics statistics, Variable? gate)
    {
        Shape vector = Shape.Vector(Channels);
        return new BatchNormalisation(
            name, statistics, graph.Parameter($"{name}, gamma", vector, mean: 1),
            graph.Parameter($"{name}, beta", vector),
            Running: new RunningStatistics(
                graph.State($"{name}, mean", vector), graph.State($"{name}, variance", vector, mean: 1)),
            Gate: gate);
    }

    /// <summary>The first step whose gates are these bits.</summary>
    private static uint StepWith(int open) => (uint)Enumerable.Range(1, 1000).First(number =>
        Enumerable.Range(0, Blocks).All(l =>
            SurvivalGates.IsOpen(new StepState(Seed, (uint)number, 0), l, Blocks, Last) == ((open >> l & 1) == 1)));

    private static double[][] Play(
        SamplePlay play, Backend backend, SampleGraph graph, Variable[] states, bool isGated)
    {
        foreach (Placement placement in play.Plan.Placements)
        {
            backend.Fill(double.NaN, Tensor.Of(placement.Storage));
        }

        play.Upload();
        foreach (Call call in play.Plan.Calls)
        {
            if (isGated)
            {
                call.Play(backend);
            }
            else
            {
                call.PlayUngated(backend);
            }
        }

        return
        [
            .. graph.Perturbed.Select(variable => play.Download(variable.Gradient)),
            .. states.Where(state => state.Value.Storage.IsPersistent).Select(state => play.Download(state.Value)),
        ];
    }

    private static void AssertClosedBlocks(SampleGraph graph, Variable[] states, double[][] results, int open)
    {
        Variable[] persistent = [.. states.Where(state => state.Value.Storage.IsPersistent)];
        for (int l = 0; l < Blocks; l++)
        {
            for (int i = 0; i < graph.Perturbed.Count; i++)
            {
                if (graph.Perturbed[i].Name.StartsWith($"branch {l}", StringComparison.Ordinal))
                {
                    bool isOpen = (open >> l & 1) == 1;
                    Assert.That(results[i].Any(value => value != 0), Is.EqualTo(isOpen), graph.Perturbed[i].Name);
                }
            }

            for (int i = 0; i < persistent.Length; i++)
            {
                bool moves = !persistent[i].Name.StartsWith($"branch {l}", StringComparison.Ordinal)
                    || (open >> l & 1) == 1;
                double[] before = [.. graph.Numbers[persistent[i]]], after = results[graph.Perturbed.Count + i];
                Assert.That(moves || before.SequenceEqual(after), persistent[i].Name);
            }
        }
    }
}
