using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda;

namespace DenseNetRaw.Tests.Cuda.Kernels;

/// <summary>
/// Tensors on one backend, each a slice of a larger storage. Two sandboxes that are asked for the same tensors in the
/// same order hold the same values, which bf16 holds exactly.
/// </summary>
internal sealed class KernelSandbox(Backend backend, int channelsBefore) : IDisposable
{
    private const int ChannelsAfter = 3;

    private readonly List<DeviceMemory> _blocks = [];
    private readonly List<Tensor> _tensors = [];
    private readonly Random _random = new(1);

    public Backend Backend => backend;

    /// <summary>Every tensor that was made, in order.</summary>
    public IReadOnlyList<Tensor> Tensors => _tensors;

    /// <summary>Features: bf16 where the backend has it.</summary>
    public Tensor NewFeatures(Shape shape, double low = -1, double high = 1) =>
        New(shape, StorageRole.Feature, low, high);

    /// <summary>Gradients of features.</summary>
    public Tensor NewGradients(Shape shape) => New(shape, StorageRole.FeatureGradient, -1, 1);

    /// <summary>A vector of <paramref name="channels"/>.</summary>
    public Tensor NewVector(int channels, double low = -1, double high = 1) =>
        New(Shape.Vector(channels), StorageRole.ChannelVector, low, high);

    /// <summary>Mean, variance, gamma and beta of <paramref name="channels"/>.</summary>
    public Normalisation NewNormalisation(int channels) => new(
        NewVector(channels), NewVector(channels, 0.5, 2), NewVector(channels, -2, 2), NewVector(channels), 1e-5);

    /// <summary>A whole storage, as parameters are.</summary>
    public Tensor NewParameter(Shape shape) =>
        Fill(NewStorage(shape, StorageRole.Parameter), -1, 1);

    /// <summary>A tensor between two calls, which the other sandbox may do without; it is in no list.</summary>
    public Tensor NewUncompared(Shape shape) => NewStorage(shape, StorageRole.Feature);

    /// <summary>Class indices below <paramref name="classes"/>.</summary>
    public Tensor NewLabels(int count, int classes)
    {
        Tensor labels = NewStorage(new Shape(count, 1, 1, 1), StorageRole.Labels);
        backend.Upload([.. Enumerable.Range(0, count).Select(_ => _random.Next(classes))], labels);
        return labels;
    }

    /// <summary>The values of a tensor.</summary>
    public double[] Values(Tensor tensor)
    {
        double[] values = new double[tensor.Shape.Count];
        backend.Download(tensor, values);
        return values;
    }

    /// <summary>The workspace that a sum over pixels wants, full of NaN, and whether dx is stored.</summary>
    public Grant NewGrant(Shape x, bool stores = false) => NewGrant(backend.ReductionBytes(x), stores);

    /// <summary>The workspace that a convolution wants, full of NaN, and whether dx is stored.</summary>
    public Grant NewGrant(ConvolutionPass pass, Shape x, Shape w, Window window, bool stores = false) =>
        NewGrant(
            backend.WorkspaceBytes(
                pass, Slice(x), Tensor.Of(new Storage("w", w, StorageRole.Parameter)), window,
                Slice(window.Over(x, w.N))),
            stores);

    /// <summary>A workspace of so many bytes, full of NaN, and whether dx is stored.</summary>
    public Grant NewGrant(long bytes, bool stores) => new(
        bytes == 0 ? null : NewStorage(new Shape(1, 1, 1, (int)((bytes + 3) / 4)), StorageRole.Workspace).Storage,
        stores);

    /// <summary>All bytes of a tensor's storage on the device.</summary>
    public byte[] Raw(Tensor tensor) => ((CudaBackend)backend).Bytes(
        tensor.Storage.Address, backend.BytesOf(tensor.Storage.Shape, tensor.Storage.Role));

    public void Dispose() => _blocks.ForEach(block => block.Dispose());

    private Tensor New(Shape shape, StorageRole role, double low, double high)
    {
        return Fill(NewStorage(Larger(shape), role).Channels(channelsBefore, shape.C), low, high);
    }

    private Shape Larger(Shape shape) => shape with { C = channelsBefore + shape.C + ChannelsAfter };

    /// <summary>Features with no memory behind them.</summary>
    private Tensor Slice(Shape shape) =>
        Tensor.Of(new Storage("slice", Larger(shape), StorageRole.Feature)).Channels(channelsBefore, shape.C);

    private Tensor NewStorage(Shape shape, StorageRole role)
    {
        DeviceMemory block = backend.Allocate(backend.BytesOf(shape, role));
        _blocks.Add(block);
        (backend as CudaBackend)?.Stream.Fill(0xff, (ulong)block.Address, block.Bytes);
        return Tensor.Of(new Storage($"tensor {_blocks.Count}", shape, role) { Address = block.Address });
    }

    private Tensor Fill(Tensor slice, double low, double high)
    {
        double[] values = new double[slice.Shape.Count];
        for (int i = 0; i < values.Length; i++)
        {
            double value = low + ((high - low) * _random.NextDouble());
            values[i] = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits((float)value) & ~0xFFFF);
        }

        backend.Upload(values, slice);
        _tensors.Add(slice);
        return slice;
    }
}
