using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Reference;

/// <summary>A tensor of float64 in order [N, C, H, W], for reading and writing by index.</summary>
internal readonly unsafe struct View
{
    private readonly double* _first;
    private readonly int _imageStride;
    private readonly Shape _shape;

    public View(Tensor tensor)
    {
        _shape = tensor.Shape;
        _imageStride = tensor.Storage.Shape.C * _shape.Plane;
        _first = (double*)tensor.Storage.Address + ((long)tensor.FirstChannel * _shape.Plane);
    }

    /// <summary>The element at [n, c, h, w].</summary>
    public ref double this[int n, int c, int h, int w] =>
        ref _first[((long)n * _imageStride) + ((((long)c * _shape.H) + h) * _shape.W) + w];

    /// <summary>Element c of a vector [1, C, 1, 1].</summary>
    public ref double this[int c] => ref _first[c];

    /// <summary>The H·W elements of one channel of one image.</summary>
    public Span<double> Plane(int n, int c) =>
        new(_first + ((long)n * _imageStride) + ((long)c * _shape.Plane), _shape.Plane);

    /// <summary>The W elements of one row.</summary>
    public Span<double> Row(int n, int c, int h) =>
        new(_first + ((long)n * _imageStride) + ((((long)c * _shape.H) + h) * _shape.W), _shape.W);
}
