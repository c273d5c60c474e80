using System.Runtime.InteropServices;

namespace DenseNetRaw.Serialization;

/// <summary>
/// A named array of a safetensors file: element type, shape, and elements as little-endian bytes, row-major.
/// </summary>
public sealed class SafetensorsTensor
{
    private readonly string _origin;

    internal SafetensorsTensor(string name, string dtype, long[] shape, ReadOnlyMemory<byte> data, string origin)
    {
        Name = name;
        Dtype = dtype;
        Shape = shape;
        Data = data;
        _origin = origin;
    }

    /// <summary>The key: for a model the name in the state dictionary.</summary>
    public string Name { get; }

    /// <summary>The element type, one of <see cref="SafetensorsDtype"/>.</summary>
    public string Dtype { get; }

    /// <summary>The extents, slowest first; none for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The elements as they lie in the file.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>A tensor of 32-bit floating point.</summary>
    /// <exception cref="ArgumentException">The shape does not have as many elements as there are values.</exception>
    public static SafetensorsTensor Create(string name, ReadOnlySpan<long> shape, ReadOnlySpan<float> values) =>
        Create(name, SafetensorsDtype.F32, shape, values);

    /// <summary>A tensor of 64-bit floating point.</summary>
    /// <exception cref="ArgumentException">The shape does not have as many elements as there are values.</exception>
    public static SafetensorsTensor Create(string name, ReadOnlySpan<long> shape, ReadOnlySpan<double> values) =>
        Create(name, SafetensorsDtype.F64, shape, values);

    /// <summary>A tensor of 64-bit integers.</summary>
    /// <exception cref="ArgumentException">The shape does not have as many elements as there are values.</exception>
    public static SafetensorsTensor Create(string name, ReadOnlySpan<long> shape, ReadOnlySpan<long> values) =>
        Create(name, SafetensorsDtype.I64, shape, values);

    /// <summary>The elements of an F32 tensor, or those of an F64 tensor rounded to 32 bits.</summary>
    /// <exception cref="InvalidDataException">The tensor is neither F32 nor F64.</exception>
    public float[] ToSingles() => Dtype switch
    {
        SafetensorsDtype.F32 => ElementsAs<float>().ToArray(),
        SafetensorsDtype.F64 => Array.ConvertAll(ElementsAs<double>().ToArray(), value => (float)value),
        _ => throw WrongDtype("F32 or F64"),
    };

    /// <summary>The elements of an F64 or F32 tensor, exactly.</summary>
    /// <exception cref="InvalidDataException">The tensor is neither F32 nor F64.</exception>
    public double[] ToDoubles() => Dtype switch
    {
        SafetensorsDtype.F64 => ElementsAs<double>().ToArray(),
        SafetensorsDtype.F32 => Array.ConvertAll(ElementsAs<float>().ToArray(), value => (double)value),
        _ => throw WrongDtype("F32 or F64"),
    };

    /// <summary>The elements of an I64 tensor.</summary>
    /// <exception cref="InvalidDataException">The tensor is not I64.</exception>
    public long[] ToIntegers() =>
        Dtype == SafetensorsDtype.I64 ? ElementsAs<long>().ToArray() : throw WrongDtype("I64");

    /// <summary>Name, element type and shape, as in <c>features.conv0.weight: F32 [24, 3, 3, 3]</c>.</summary>
    public override string ToString() => $"{Name}: {Dtype} [{string.Join(", ", Shape)}]";

    private static SafetensorsTensor Create<T>(
        string name, string dtype, ReadOnlySpan<long> shape, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        long elements = 1;
        foreach (long extent in shape)
            elements = checked(elements * extent);
        if (elements != values.Length)
        {
            throw new ArgumentException(
                $"Tensor '{name}' of shape [{string.Join(", ", shape.ToArray())}] takes {elements} values, "
                + $"not {values.Length}.");
        }

        byte[] data = MemoryMarshal.AsBytes(values).ToArray();
        return new SafetensorsTensor(name, dtype, shape.ToArray(), data, "memory");
    }

    private ReadOnlySpan<T> ElementsAs<T>()
        where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(Data.Span);

    private InvalidDataException WrongDtype(string expected) =>
        new($"{_origin}: tensor '{Name}' should have elements of type {expected}, found {Dtype}.");
}
