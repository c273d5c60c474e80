using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;
using DenseNetRaw.Verification;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Operations;

/// <summary>
/// One case of an operation played on a backend, with dead storage poisoned and canaries all around: each storage lies
/// between guards, the channels beside a slice of values hold NaN (which any read of them would spread), and those
/// beside a slice of gradients hold a number (which any sum into them would change).
/// </summary>
internal sealed class GuardedPlay : IDisposable
{
    private const double Canary = 12288; // which bf16 holds too
    private const int GuardBytes = 64;
    private readonly Backend _backend;
    private readonly SampleGraph _graph;
    private readonly Variable _loss;
    private readonly SamplePlay _play;
    private readonly List<Storage> _guards = [];
    private readonly DeviceMemory _memory;

    public GuardedPlay(OperationCase operationCase, Backend backend, bool isSliced)
    {
        _backend = backend;
        _backend.Step = new StepState(Seed: 7, Number: 3, LearningRate: 0);
        _graph = new SampleGraph(MemoryStrategy.Naive, isSliced);
        _loss = operationCase.RecordLoss(_graph);
        foreach (Variable variable in Variables)
        {
            variable.Value.Storage.IsKept = true;
            if (variable.HasGradient)
            {
                variable.Gradient.Storage.IsKept = true;
            }
        }

        _play = new SamplePlay(_graph, backend, _loss);
        Storage[] storages = [.. _play.Plan.Placements.Select(placement => placement.Storage), .. _play.Persistent];
        _memory = backend.Allocate(storages.Sum(BytesBetweenGuards) + GuardBytes);
        PlaceBetweenGuards(storages);
    }

    private IEnumerable<Variable> Variables =>
        _graph.Numbers.Keys.Concat(_graph.Tape.Nodes.SelectMany(node => node.Outputs)).Distinct();

    /// <summary>
    /// Plays the step, sees that no canary was touched, and returns all values and gradients by name.
    /// </summary>
    public IReadOnlyList<(string Name, double[] Values)> Run()
    {
        _guards.ForEach(guard => _backend.Fill(Canary, Tensor.Of(guard)));
        _play.Upload();
        _play.Plan.PlayPoisoned(_backend, PutCanariesBesideClearedSlices);
        AssertCanaries();
        List<(string, double[])> results = [];
        foreach (Variable variable in Variables.Where(IsTouched))
        {
            results.Add((variable.Name, _play.Download(variable.Value)));
            if (variable.HasGradient)
            {
                results.Add(($"d {variable.Name}", _play.Download(variable.Gradient)));
            }
        }

        return results;
    }

    public void Dispose()
    {
        _play.Dispose();
        _memory.Dispose();
    }

    private static bool IsTouched(Variable variable) => variable.Value.Storage.Address != 0;

    private static IEnumerable<Tensor> Beside(Tensor slice)
    {
        Tensor whole = Tensor.Of(slice.Storage);
        int end = slice.FirstChannel + slice.Shape.C;
        yield return whole.Channels(0, slice.FirstChannel);
        yield return whole.Channels(end, whole.Shape.C - end);
    }

    private long BytesBetweenGuards(Storage storage) =>
        ((_backend.BytesOf(storage.Shape, storage.Role) + GuardBytes - 1) / GuardBytes * GuardBytes) + GuardBytes;

    private void PlaceBetweenGuards(Storage[] storages)
    {
        nint address = _memory.Address;
        AddGuard(address, address + GuardBytes);
        address += GuardBytes;
        foreach (Storage storage in storages)
        {
            storage.Address = address;
            nint end = address + (nint)_backend.BytesOf(storage.Shape, storage.Role);
            address += (nint)BytesBetweenGuards(storage);
            AddGuard((end + 7) / 8 * 8, address);
        }
    }

    private void AddGuard(nint from, nint to)
    {
        long elements = (to - from) / _backend.BytesOf(Shape.Scalar, StorageRole.Workspace);
        _guards.Add(new Storage("guard", new Shape(1, 1, 1, (int)elements), StorageRole.Workspace) { Address = from });
    }

    private void PutCanariesBesideClearedSlices(Call call)
    {
        if (call.Operation == nameof(Backend.Fill))
        {
            foreach (Variable slice in _graph.Slices.Where(slice => slice.Gradient.Storage == call.Writes[0].Storage))
            {
                foreach (Tensor beside in Beside(slice.Gradient))
                {
                    _backend.Fill(Canary, beside);
                }
            }
        }
    }

    private void AssertCanaries()
    {
        foreach (Storage guard in _guards)
        {
            Assert.That(_play.Download(Tensor.Of(guard)), Is.All.EqualTo(Canary), "numbers between storages");
        }

        foreach (Variable slice in _graph.Slices.Where(IsTouched))
        {
            foreach (Tensor beside in Beside(slice.Value))
            {
                Assert.That(_play.Download(beside), Is.All.NaN, $"channels beside {slice.Value}");
            }

            foreach (Tensor beside in Beside(slice.Gradient))
            {
                Assert.That(_play.Download(beside), Is.All.EqualTo(Canary), $"channels beside {slice.Gradient}");
            }
        }
    }
}
