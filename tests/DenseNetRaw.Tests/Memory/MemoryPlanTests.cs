using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;
using DenseNetRaw.Operations;
using DenseNetRaw.Verification;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Memory;

public class MemoryPlanTests
{
    private static IReadOnlyList<OperationCase> Cases => OperationCases.All;

    [Test]
    public void Play_OfAScalarGraph_GivesValueAndGradients()
    {
        SampleGraph graph = new(MemoryStrategy.Slab);
        Variable a = graph.Input("a", Shape.Scalar), b = graph.Input("b", Shape.Scalar);
        (graph.Numbers[a][0], graph.Numbers[b][0]) = (3, 4);
        Variable square = Multiply.Record(graph.Tape, a, a);
        Variable y = Add.Record(graph.Tape, square, Multiply.Record(graph.Tape, a, b));
        y.Value.Storage.IsKept = true;
        using ReferenceBackend backend = new();
        using SamplePlay play = new(graph, backend, y);
        play.Upload();
        play.Plan.Play(backend);
        Assert.Multiple(() =>
        {
            Assert.That(play.Download(y.Value), Is.EqualTo([3.0 * 3 + 3 * 4]));
            Assert.That(play.Download(a.Gradient), Is.EqualTo([2.0 * 3 + 4]));
            Assert.That(play.Download(b.Gradient), Is.EqualTo([3.0]));
        });
    }

    [Test]
    public void Play_Twice_AddsToParametersAndNotToInputs()
    {
        SampleGraph graph = new(MemoryStrategy.Slab);
        Variable x = graph.Input("x", Shape.Scalar), b = graph.Parameter("b", Shape.Scalar);
        using ReferenceBackend backend = new();
        using SamplePlay play = new(graph, backend, Bias.Record(graph.Tape, x, b));
        play.Upload();
        play.Plan.Play(backend);
        play.Plan.Play(backend);
        Assert.That((play.Download(x.Gradient)[0], play.Download(b.Gradient)[0]), Is.EqualTo((1.0, 2.0)));
    }

    [Test]
    public void PlayPoisoned_OfWeightsThatAreComputed_GivesTheirGradients()
    {
        SampleGraph graph = new(MemoryStrategy.Slab);
        Variable x = graph.Input("x", Shape.Scalar), a = graph.Input("a", Shape.Scalar);
        (graph.Numbers[x][0], graph.Numbers[a][0]) = (3, 5);
        Variable square = Multiply.Record(graph.Tape, a, a);
        Variable y = Bias.Record(graph.Tape, Convolution.Record(graph.Tape, x, square), square);
        using ReferenceBackend backend = new();
        using SamplePlay play = new(graph, backend, y);
        play.Upload();
        play.Plan.PlayPoisoned(backend);

        // y = x·a² + a².
        Assert.That(play.Download(a.Gradient), Is.EqualTo([(3 + 1) * 2 * 5.0]));
    }

    [Test]
    public void PlayPoisoned_FromSomeChannelsOfAStorage_GivesTheOthersNoGradient()
    {
        SampleGraph graph = new(MemoryStrategy.Slab);
        Shape shape = new(1, 2, 2, 2);
        Variable a = graph.Input("a", shape), b = graph.Input("b", shape);
        Variable wide = graph.Tape.NewVariable("wide", shape with { C = 4 });
        Copy.Record(graph.Tape, a, wide.Channels(0, 2));
        Copy.Record(graph.Tape, b, wide.Channels(2, 2));
        using ReferenceBackend backend = new();
        using SamplePlay play = new(graph, backend, wide.Channels(2, 2));
        play.Upload();
        play.Plan.PlayPoisoned(backend);
        Assert.Multiple(() =>
        {
            Assert.That(play.Download(a.Gradient), Is.All.Zero);
            Assert.That(play.Download(b.Gradient), Is.All.EqualTo(1));
        });
    }

    [Test]
    public void Plan_OfAnUnfusedComposite_StatesItsNormalisedCopies()
    {
        SampleGraph graph = new(MemoryStrategy.Slab);
        OperationCase composite = Cases.First(c => c.Name.StartsWith("NormReluConvolution", StringComparison.Ordinal));
        Variable loss = composite.RecordLoss(graph);
        using ReferenceBackend backend = new();
        IEnumerable<Storage> scratch = MemoryPlanner.Plan(graph.Tape, backend, loss).Placements
            .Select(placement => placement.Storage).Where(storage => storage.Role == StorageRole.Scratch);
        string[] expected = ["normalised x", "normalised x", "d normalised x"];
        Assert.That(scratch.Select(storage => storage.Name), Is.EqualTo(expected));
    }

    [Test]
    public void Bind_ToAnArenaThatIsTooSmall_Fails()
    {
        SampleGraph graph = new(MemoryStrategy.Slab);
        Variable x = graph.Input("x", Shape.Scalar);
        Add.Record(graph.Tape, x, x);
        using ReferenceBackend backend = new();
        MemoryPlan plan = MemoryPlanner.Plan(graph.Tape, backend);
        using DeviceMemory arena = backend.Allocate(plan.PeakBytes - 1);
        Assert.That(() => plan.Bind(arena), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCaseSource(nameof(Cases))]
    [NonParallelizable]
    public void Play_OfACase_AllocatesNoManagedBytes(OperationCase operationCase)
    {
        using ReferenceBackend backend = new() { Step = new StepState(Seed: 1, Number: 1, LearningRate: 0.1) };
        SampleGraph graph = new(MemoryStrategy.Slab);
        using SamplePlay play = new(graph, backend, operationCase.RecordLoss(graph));
        play.Upload();
        play.Plan.Play(backend);
        Assert.That(AllocatedBytes.Least(() => play.Plan.Play(backend)), Is.Zero);
    }
}
