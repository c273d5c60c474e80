using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Modules;

namespace DenseNetRaw.Training;

/// <summary>
/// What of a model outlives a step, on one backend: its parameters one after another in a single block, their gradients
/// in a second and the momentum in a third, so that one kernel updates all; and its running statistics.
/// </summary>
public sealed class ParameterStore : IDisposable
{
    private const long Alignment = 64;
    private readonly Backend _backend;
    private readonly List<DeviceMemory> _blocks = [];
    private readonly Tensor _all, _allGradients, _allMomentum;
    private readonly Grant _grant;
    private readonly NormLayer[] _norms;

    /// <summary>Allocates the blocks and draws the initial values.</summary>
    /// <param name="model">The model.</param>
    /// <param name="backend">Where it will run.</param>
    /// <param name="seed">The run's seed.</param>
    public ParameterStore(Module model, Backend backend, ulong seed)
    {
        Model = model;
        _backend = backend;
        _norms = [.. model.NormLayers];
        List<Parameter> parameters = [.. model.Parameters];
        try
        {
            _all = Lay([.. parameters.Select(p => p.Value.Storage)], "parameters", StorageRole.Parameter);
            _allGradients = Lay(
                [.. parameters.Select(p => p.Gradient.Storage)], "gradients", StorageRole.ParameterGradient);
            _allMomentum = LayLike(_all, "momentum", StorageRole.Momentum);
            GradientSquares = Place("squares of the gradients", StorageRole.ChannelVector, SquaresBytes(backend));
            long workspaceBytes = backend.SgdBytes(_all.Shape.Count);
            _grant = workspaceBytes == 0
                ? default
                : new Grant(Place("workspace of sgd", StorageRole.Workspace, workspaceBytes).Storage);
            Lay([.. RunningStatistics(model)], "running statistics", StorageRole.RunningStatistics);
            Initialise(parameters, seed);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The model.</summary>
    public Module Model { get; }

    /// <summary>Sum of the squares of all gradients, as the last update found them.</summary>
    public Tensor GradientSquares { get; }

    /// <summary>Bytes of all blocks.</summary>
    public long Bytes => _blocks.Sum(block => block.Bytes);

    /// <summary>
    /// Bytes that the parameters, gradients, momentum and running statistics of a model take, by role; what the
    /// optimiser sums squares in counts as its momentum.
    /// </summary>
    public static IReadOnlyDictionary<StorageRole, long> Plan(Module model, Backend backend)
    {
        long Sum(IEnumerable<Storage> storages) => storages.Sum(s => Aligned(backend.BytesOf(s.Shape, s.Role)));
        long parameters = Sum(model.Parameters.Select(p => p.Value.Storage));
        long count = parameters / backend.BytesOf(Shape.Scalar, StorageRole.Parameter);
        return new Dictionary<StorageRole, long>
        {
            [StorageRole.Parameter] = parameters,
            [StorageRole.ParameterGradient] = Sum(model.Parameters.Select(p => p.Gradient.Storage)),
            [StorageRole.Momentum] = parameters + SquaresBytes(backend) + backend.SgdBytes(count),
            [StorageRole.RunningStatistics] = Sum(RunningStatistics(model)),
        };
    }

    /// <summary>One optimiser step at the backend's present learning rate; clears the gradients.</summary>
    public void Update(SgdSettings settings)
    {
        Descend(settings);
        CountBatch();
    }

    /// <summary>What of <see cref="Update"/> the backend does.</summary>
    internal void Descend(SgdSettings settings) =>
        _backend.Sgd(
            settings.Momentum, settings.WeightDecay, settings.Nesterov, _all, _allGradients, _allMomentum,
            GradientSquares, _grant);

    /// <summary>
    /// What of <see cref="Update"/> the host does: every norm that the backend's present step did not leave out has
    /// seen one batch more.
    /// </summary>
    internal void CountBatch()
    {
        Models.Model? network = Model as Models.Model;
        foreach (NormLayer norm in _norms)
        {
            if (network?.LeavesOut(norm, _backend.Step) != true)
            {
                norm.BatchesTracked++;
            }
        }
    }

    /// <summary>Each parameter with the part of the momentum that is its own, of its shape.</summary>
    internal IEnumerable<(Parameter Parameter, Tensor Momentum)> Momentum()
    {
        nint first = _all.Storage.Address;
        return Model.Parameters.Select(parameter => (parameter, Tensor.Of(
            new Storage(parameter.Name, parameter.Shape, StorageRole.Momentum)
            {
                Address = _allMomentum.Storage.Address + (parameter.Value.Storage.Address - first),
            })));
    }

    /// <inheritdoc/>
    public void Dispose() => _blocks.ForEach(block => block.Dispose());

    private static IEnumerable<Storage> RunningStatistics(Module model) =>
        model.NormLayers.SelectMany(norm =>
            new[] { norm.Running.Mean.Value.Storage, norm.Running.Variance.Value.Storage });

    private static long SquaresBytes(Backend backend) => backend.BytesOf(Shape.Scalar, StorageRole.ChannelVector);

    private static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    /// <summary>
    /// Places the storages one after another in a new block, and returns the block as one long vector.
    /// </summary>
    private Tensor Lay(IReadOnlyList<Storage> storages, string name, StorageRole role)
    {
        DeviceMemory block = _backend.Allocate(storages.Sum(s => Aligned(_backend.BytesOf(s.Shape, s.Role))));
        _blocks.Add(block);
        nint address = block.Address;
        foreach (Storage storage in storages)
        {
            storage.Address = address;
            address += (nint)Aligned(_backend.BytesOf(storage.Shape, storage.Role));
        }

        return AsVector(block, name, role);
    }

    private Tensor LayLike(Tensor other, string name, StorageRole role)
    {
        DeviceMemory block = _backend.Allocate(_backend.BytesOf(other.Shape, role));
        _blocks.Add(block);
        return AsVector(block, name, role);
    }

    /// <summary>One number, or as many as the bytes hold, in a block of their own.</summary>
    private Tensor Place(string name, StorageRole role, long bytes)
    {
        DeviceMemory block = _backend.Allocate(bytes);
        _blocks.Add(block);
        return AsVector(block, name, role);
    }

    private Tensor AsVector(DeviceMemory block, string name, StorageRole role)
    {
        long elements = block.Bytes / _backend.BytesOf(Shape.Scalar, role);
        return Tensor.Of(
            new Storage(name, new Shape(1, 1, 1, checked((int)elements)), role) { Address = block.Address });
    }

    private void Initialise(List<Parameter> parameters, ulong seed)
    {
        for (int i = 0; i < parameters.Count; i++)
        {
            double[] values = new double[parameters[i].Shape.Count];
            parameters[i].Initial.Draw(seed, (uint)i, values);
            _backend.Upload(values, parameters[i].Value);
        }

        foreach (NormLayer norm in _norms)
        {
            _backend.Fill(1, norm.Running.Variance.Value);
        }
    }
}
