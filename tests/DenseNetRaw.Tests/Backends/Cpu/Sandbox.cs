using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Tests.Backends.Cpu;

/// <summary>
/// Tensors on one backend, each a slice of a larger storage with other channels around it. Two sandboxes that are asked
/// for the same tensors in the same order hold the same values. Workspace is guarded.
/// </summary>
internal sealed class Sandbox(Backend backend, int seed) : IDisposable
{
    private const int ChannelsBefore = 2;
    private const int ChannelsAfter = 3;

    private readonly List<DeviceMemory> _blocks = [];
    private readonly List<(Tensor Slice, float[] Initial)> _tensors = [];
    private readonly Random _random = new(seed);

    public Backend Backend => backend;

    /// <summary>Every tensor that was made, in order.</summary>
    public IReadOnlyList<(Tensor Slice, float[] Initial)> Tensors => _tensors;

    /// <summary>
    /// A slice of a storage with other channels around it; uniform values in [low, high), the same in both sandboxes.
    /// </summary>
    public Tensor New(Shape shape, double low = -1, double high = 1)
    {
        Shape larger = shape with { C = ChannelsBefore + shape.C + ChannelsAfter };
        return Fill(NewStorage(larger, StorageRole.Feature).Channels(ChannelsBefore, shape.C), low, high);
    }

    /// <summary>A whole storage, as parameters are.</summary>
    public Tensor NewWhole(Shape shape, double low = -1, double high = 1) =>
        Fill(NewStorage(shape, StorageRole.Parameter), low, high);

    /// <summary>Class indices below <paramref name="classes"/>.</summary>
    public Tensor NewLabels(int count, int classes)
    {
        Tensor labels = NewStorage(new Shape(count, 1, 1, 1), StorageRole.Labels);
        backend.Upload([.. Enumerable.Range(0, count).Select(_ => _random.Next(classes))], labels);
        return labels;
    }

    /// <summary>Mean, variance, gamma and beta of <paramref name="channels"/>.</summary>
    public Normalisation NewNormalisation(int channels) => new(
        New(Shape.Vector(channels)), New(Shape.Vector(channels), 0.5, 2), New(Shape.Vector(channels), -2, 2),
        New(Shape.Vector(channels)), 1e-5);

    /// <summary>The workspace that the backend states, full of NaN, and whether dx is stored.</summary>
    public Grant NewGrant(ConvolutionPass pass, Shape x, Shape w, Window window, bool stores = false) =>
        NewGrant(backend.WorkspaceBytes(pass, Whole(x), Whole(w), window, Whole(window.Over(x, w.N))), stores);

    /// <summary>A workspace of so many bytes, full of NaN, and whether dx is stored.</summary>
    public Grant NewGrant(long bytes, bool stores)
    {
        if (bytes == 0)
        {
            return new Grant(null, stores);
        }

        Tensor workspace = NewStorage(new Shape(1, 1, 1, (int)((bytes + 3) / 4)), StorageRole.Workspace);
        backend.Fill(double.NaN, workspace);
        return new Grant(workspace.Storage, stores);
    }

    /// <summary>All values of a tensor's storage.</summary>
    public float[] Values(Tensor tensor)
    {
        float[] values = new float[tensor.Storage.Shape.Count];
        backend.Download(Tensor.Of(tensor.Storage), values);
        return values;
    }

    public void Dispose() => _blocks.ForEach(block => block.Dispose());

    private static Tensor Whole(Shape shape) => Tensor.Of(new Storage("", shape, StorageRole.Feature));

    private Tensor NewStorage(Shape shape, StorageRole role)
    {
        Storage storage = new($"tensor {_blocks.Count}", shape, role);
        long bytes = backend.BytesOf(shape, role);
        DeviceMemory block = role == StorageRole.Workspace ? GuardedMemory.Of(bytes) : backend.Allocate(bytes);
        _blocks.Add(block);
        storage.Address = block.Address;
        return Tensor.Of(storage);
    }

    private Tensor Fill(Tensor slice, double low, double high)
    {
        float[] values = new float[slice.Storage.Shape.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(low + ((high - low) * _random.NextDouble()));
        }

        backend.Upload(values, Tensor.Of(slice.Storage));
        _tensors.Add((slice, values));
        return slice;
    }
}
