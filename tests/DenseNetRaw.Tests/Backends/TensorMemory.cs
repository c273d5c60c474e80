using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Tests.Backends;

/// <summary>Tensors in memory of their own on a backend, for calling its methods directly.</summary>
internal sealed class TensorMemory(Backend backend) : IDisposable
{
    private readonly List<DeviceMemory> _memory = [];

    /// <summary>A tensor with these numbers in order [N, C, H, W]; zeros where none are given.</summary>
    public Tensor New(Shape shape, params double[] values)
    {
        Tensor tensor = Allocate(shape, StorageRole.Feature);
        if (values.Length > 0)
        {
            backend.Upload(values, tensor);
        }

        return tensor;
    }

    /// <summary>A vector [1, C, 1, 1] with these numbers.</summary>
    public Tensor Vector(params double[] values) => New(Shape.Vector(values.Length), values);

    /// <summary>Class indices.</summary>
    public Tensor Labels(params int[] indices)
    {
        Tensor labels = Allocate(new Shape(indices.Length, 1, 1, 1), StorageRole.Labels);
        backend.Upload(indices, labels);
        return labels;
    }

    /// <summary>The numbers of a tensor.</summary>
    public double[] Read(Tensor tensor)
    {
        double[] values = new double[tensor.Shape.Count];
        backend.Download(tensor, values);
        return values;
    }

    public void Dispose() => _memory.ForEach(memory => memory.Dispose());

    private Tensor Allocate(Shape shape, StorageRole role)
    {
        _memory.Add(backend.Allocate(backend.BytesOf(shape, role)));
        return Tensor.Of(new Storage("test", shape, role) { Address = _memory[^1].Address });
    }
}
