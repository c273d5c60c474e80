using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Verification;

/// <summary>A sample graph planned and bound on a backend, ready to be played any number of times.</summary>
public sealed class SamplePlay : IDisposable
{
    private readonly SampleGraph _graph;
    private readonly Backend _backend;
    private readonly List<DeviceMemory> _memory = [];

    /// <summary>Plans the graph and binds its storages.</summary>
    /// <param name="graph">The recorded graph.</param>
    /// <param name="backend">What plays it.</param>
    /// <param name="loss">What is differentiated (the sum of its elements); null for a forward pass alone.</param>
    public SamplePlay(SampleGraph graph, Backend backend, Variable? loss)
    {
        (_graph, _backend) = (graph, backend);
        Plan = MemoryPlanner.Plan(graph.Tape, backend, loss);
        Persistent = [.. Plan.Calls.SelectMany(call => call.Reads.Concat(call.Writes))
            .Select(tensor => tensor.Storage).Where(storage => storage.IsPersistent).Distinct()];
        _memory.Add(backend.Allocate(Plan.PeakBytes));
        Plan.Bind(_memory[0]);
        foreach (Storage storage in Persistent)
        {
            _memory.Add(backend.Allocate(backend.BytesOf(storage.Shape, storage.Role)));
            storage.Address = _memory[^1].Address;
        }
    }

    /// <summary>The planned step.</summary>
    public MemoryPlan Plan { get; }

    /// <summary>The storages that the plan does not place: parameters, their gradients, running statistics.</summary>
    public IReadOnlyList<Storage> Persistent { get; }

    /// <summary>
    /// Clears the parameters' gradients and uploads what the step starts from, with NaN beside slices.
    /// </summary>
    public void Upload()
    {
        foreach (Storage gradient in Persistent.Where(storage => storage.Role == StorageRole.ParameterGradient))
        {
            _backend.Fill(0, Tensor.Of(gradient));
        }

        foreach ((Variable variable, double[] values) in _graph.Numbers)
        {
            if (variable.Value.Storage.Address != 0)
            {
                Upload(variable.Value, values);
            }
        }

        foreach ((Variable labels, int[] indices) in _graph.ClassIndices)
        {
            _backend.Upload(indices, labels.Value);
        }
    }

    /// <summary>The numbers of a tensor after the step, in order [N, C, H, W]; they must be kept to its end.</summary>
    /// <exception cref="InvalidOperationException">The step does not touch the tensor.</exception>
    public double[] Download(Tensor tensor)
    {
        if (tensor.Storage.Address == 0)
        {
            throw new InvalidOperationException($"{tensor} is not part of the step");
        }

        double[] values = new double[tensor.Shape.Count];
        _backend.Download(tensor, values);
        return values;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _memory.ForEach(memory => memory.Dispose());

    private void Upload(Tensor tensor, double[] values)
    {
        if (!tensor.IsWhole)
        {
            _backend.Fill(double.NaN, Tensor.Of(tensor.Storage));
        }

        _backend.Upload(values, tensor);
    }
}
