using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>
/// The operands of one operation on one backend, with numbers in them, and the sum of what a call moves and computes.
/// </summary>
/// <param name="backend">Where they lie.</param>
/// <param name="extents">The features, and the channels of x.</param>
/// <param name="stores">Whether gradients of features are stored rather than added to.</param>
/// <param name="earlier">Operands of the same operation whose workspaces these share, as a plan's calls do.</param>
internal sealed class OperationOperands(
    Backend backend, OperationExtents extents, bool stores, OperationOperands? earlier = null) : IDisposable
{
    private const int ChannelsOfElement = 64;

    private readonly List<IDisposable> _owned = [];
    private readonly List<Tensor> _outputs = [];
    private readonly List<Storage> _workspaces = [];
    private int _ordinal;

    /// <summary>The extents of x.</summary>
    public Shape X => extents.X;

    /// <summary>The extents of a vector of the channels of x.</summary>
    public Shape Vector => Shape.Vector(extents.Count);

    /// <summary>Where they lie.</summary>
    public Backend Backend => backend;

    /// <summary>What the operation writes, in the order in which they were made.</summary>
    public IReadOnlyList<Tensor> Outputs => _outputs;

    /// <summary>Bytes that a call moves: every operand once, and what it adds to once more.</summary>
    public double Bytes { get; set; }

    /// <summary>Multiplications and additions of its convolutions, each counted.</summary>
    public double Flops { get; set; }

    /// <summary>Whether an operand is a run of channels, so that it matters where the run begins.</summary>
    public bool IsSliced { get; private set; }

    /// <summary>Whether gradients of features are operands, which can be stored or added to.</summary>
    public bool CanStore { get; private set; }

    /// <summary>The first channels of x's run in a storage of features, as many as asked for.</summary>
    public Tensor Slice(OperandUse use, int channels)
    {
        IsSliced = true;
        Shape storage = extents.Storage;
        Shape whole = storage with { C = Math.Max(storage.C, extents.First + channels) };
        return Fill(New(whole, StorageRole.Feature).Channels(extents.First, channels), use, 0, 1);
    }

    /// <summary>The run of channels of x in a storage of features.</summary>
    public Tensor Slice(OperandUse use) => Slice(use, extents.Count);

    /// <summary>The run of channels of x in a storage of gradients; added to, or stored.</summary>
    public Tensor GradientSlice()
    {
        (IsSliced, CanStore) = (true, true);
        return Fill(
            New(extents.Storage, StorageRole.FeatureGradient).Channels(extents.First, extents.Count),
            stores ? OperandUse.Write : OperandUse.Update, 0, 1);
    }

    /// <summary>A tensor of its own.</summary>
    public Tensor Whole(Shape shape, StorageRole role, OperandUse use, float mean = 0, float deviation = 1) =>
        Fill(New(shape, role), use, mean, deviation);

    /// <summary>A tensor that is in no formula: what a fused operation does without.</summary>
    public Tensor Uncounted(Shape shape, StorageRole role = StorageRole.Scratch) => New(shape, role);

    /// <summary>What the operation works with, and is given back with the operands.</summary>
    public T Own<T>(T thing)
        where T : IDisposable
    {
        _owned.Add(thing);
        return thing;
    }

    /// <summary>Labels of so many images.</summary>
    public Tensor Labels(int images, int classes)
    {
        Tensor labels = New(new Shape(images, 1, 1, 1), StorageRole.Labels);
        backend.Upload([.. Enumerable.Range(0, images).Select(n => ((5 * n) + 2) % classes)], labels);
        Bytes += images * sizeof(int);
        return labels;
    }

    /// <summary>Mean, variance, gamma and beta.</summary>
    public Normalisation Norm() => new(
        Whole(Vector, StorageRole.ChannelVector, OperandUse.Read, deviation: 0.25f),
        Whole(Vector, StorageRole.ChannelVector, OperandUse.Read, mean: 1, deviation: 0.5f),
        Whole(Vector, StorageRole.Parameter, OperandUse.Read, mean: 1, deviation: 0.5f),
        Whole(Vector, StorageRole.Parameter, OperandUse.Read, deviation: 0.5f), 1e-5);

    /// <summary>Their four gradients.</summary>
    public Normalisation NormGradient() => new(
        Whole(Vector, StorageRole.ChannelVector, OperandUse.Update),
        Whole(Vector, StorageRole.ChannelVector, OperandUse.Update),
        Whole(Vector, StorageRole.ParameterGradient, OperandUse.Update),
        Whole(Vector, StorageRole.ParameterGradient, OperandUse.Update), 1e-5);

    /// <summary>What the plan would grant a call that wants so many bytes of workspace.</summary>
    public Grant Grant(long workspaceBytes, bool? isStored = null)
    {
        bool storesHere = isStored ?? stores;
        if (workspaceBytes == 0)
            return new Grant(null, storesHere);
        long elements = (workspaceBytes + sizeof(float) - 1) / sizeof(float);
        Shape shape = new(1, 1, 1, checked((int)elements));
        _workspaces.Add(earlier?._workspaces[_workspaces.Count] ?? New(shape, StorageRole.Workspace).Storage);
        return new Grant(_workspaces[^1], storesHere);
    }

    /// <inheritdoc/>
    public void Dispose() => _owned.ForEach(thing => thing.Dispose());

    private Tensor New(Shape shape, StorageRole role)
    {
        Tensor tensor = Tensor.Of(new Storage(role.ToString(), shape, role));
        tensor.Storage.Address = Own(backend.Allocate(backend.BytesOf(shape, role))).Address;
        return tensor;
    }

    private Tensor Fill(Tensor tensor, OperandUse use, float mean, float deviation)
    {
        int ordinal = _ordinal++;
        StorageRole role = tensor.Storage.Role;
        long elementBytes = backend.BytesOf(Shape.Vector(ChannelsOfElement), role) / ChannelsOfElement;
        Bytes += (double)tensor.Shape.Count * elementBytes * (use == OperandUse.Update ? 2 : 1);
        if (use != OperandUse.Write)
            backend.Upload(OperandNumbers.Of(ordinal, tensor.Shape.Count, mean, deviation), tensor);
        if (use != OperandUse.Read)
            _outputs.Add(tensor);
        return tensor;
    }
}
