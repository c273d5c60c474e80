using System.Runtime.CompilerServices;
using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// A tensor of float32 in order [N, C, H, W]: the channels of one image lie together, images lie a storage apart.
/// </summary>
internal readonly unsafe struct Planes
{
    private readonly float* _first;
    private readonly long _imageStride;

    public Planes(Tensor tensor)
    {
        Shape = tensor.Shape;
        _imageStride = (long)tensor.Storage.Shape.C * Shape.Plane;
        _first = (float*)tensor.Storage.Address + ((long)tensor.FirstChannel * Shape.Plane);
    }

    /// <summary>Extents with no memory, for measuring workspace.</summary>
    public Planes(Shape shape) => Shape = shape;

    private Planes(Shape shape, float* first, long imageStride)
    {
        Shape = shape;
        _first = first;
        _imageStride = imageStride;
    }

    /// <summary>The tensor's extents.</summary>
    public Shape Shape { get; }

    /// <summary>The first element of a vector [1, C, 1, 1] or a number.</summary>
    public float* First => _first;

    /// <summary>Some neighbouring channels.</summary>
    public Planes Channels(int first, int count) =>
        new(Shape with { C = count }, _first + ((long)first * Shape.Plane), _imageStride);

    /// <summary>The C·H·W elements of image n.</summary>
    public float* Image(int n) => _first + (n * _imageStride);

    /// <summary>The H·W elements of one channel of one image.</summary>
    public float* Plane(int n, int c) => _first + (n * _imageStride) + ((long)c * Shape.Plane);

    /// <summary>Asks for some pixels of neighbouring channels of image n: see <see cref="CacheLine.Fetch"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fetch(int n, int c, int channels, int pixel, int count)
    {
        float* from = Plane(n, c) + pixel;
        for (; channels > 0; channels--, from += Shape.Plane)
        {
            for (int p = 0; p < count; p += CacheLine.Floats)
            {
                CacheLine.Fetch(from + p);
            }
        }
    }
}
