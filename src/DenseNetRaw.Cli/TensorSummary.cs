using System.Buffers.Binary;
using DenseNetRaw.Serialization;

namespace DenseNetRaw.Cli;

/// <summary>What <c>inspect</c> says of a tensor; numbers are of its finite elements, null where it has none.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Dtype">The type of its elements.</param>
/// <param name="Shape">Its extents.</param>
/// <param name="Elements">How many there are.</param>
/// <param name="Min">The least.</param>
/// <param name="Max">The greatest.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Norm">The root of the sum of their squares.</param>
/// <param name="NonFinite">How many are infinite or not a number.</param>
internal sealed record TensorSummary(
    string Name, string Dtype, IReadOnlyList<long> Shape, long Elements, double? Min, double? Max, double? Mean,
    double? Norm, long NonFinite)
{
    /// <summary>Reads every element; of types that are no numbers of ours none.</summary>
    public static TensorSummary Of(SafetensorsTensor tensor)
    {
        double min = double.PositiveInfinity, max = double.NegativeInfinity, sum = 0, squares = 0;
        long finite = 0, nonFinite = 0;
        foreach (double x in Values(tensor))
        {
            if (!double.IsFinite(x))
            {
                nonFinite++;
                continue;
            }

            finite++;
            min = Math.Min(min, x);
            max = Math.Max(max, x);
            sum += x;
            squares += x * x;
        }

        long elements = tensor.Shape.Aggregate(1L, (product, extent) => product * extent);
        return finite == 0
            ? new(tensor.Name, tensor.Dtype, tensor.Shape, elements, null, null, null, null, nonFinite)
            : new(
                tensor.Name, tensor.Dtype, tensor.Shape, elements, min, max, sum / finite, Math.Sqrt(squares),
                nonFinite);
    }

    private static IEnumerable<double> Values(SafetensorsTensor tensor) => tensor.Dtype switch
    {
        SafetensorsDtype.F32 or SafetensorsDtype.F64 => tensor.ToDoubles(),
        SafetensorsDtype.I64 => tensor.ToIntegers().Select(value => (double)value),
        "F16" => Halves(tensor).Select(bits => (double)BitConverter.UInt16BitsToHalf(bits)),
        "BF16" => Halves(tensor).Select(bits => (double)BitConverter.Int32BitsToSingle(bits << 16)),
        _ => [],
    };

    private static IEnumerable<ushort> Halves(SafetensorsTensor tensor)
    {
        for (int i = 0; i < tensor.Data.Length; i += sizeof(ushort))
            yield return BinaryPrimitives.ReadUInt16LittleEndian(tensor.Data.Span[i..]);
    }
}
