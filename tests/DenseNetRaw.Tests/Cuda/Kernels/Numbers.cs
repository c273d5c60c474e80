using System.Runtime.InteropServices;
using DenseNetRaw.Autograd;

namespace DenseNetRaw.Tests.Cuda.Kernels;

/// <summary>Numbers as the device has them.</summary>
internal static class Numbers
{
    /// <summary>As float32 or, cut off, as bf16.</summary>
    public static byte[] ToBytes(double[] values, bool isBf16)
    {
        float[] singles = [.. values.Select(value => (float)value)];
        return isBf16
            ? [.. singles.SelectMany(value => BitConverter.GetBytes(value)[2..])]
            : MemoryMarshal.AsBytes<float>(singles).ToArray();
    }

    /// <summary>From float32 or bf16.</summary>
    public static double[] ToDoubles(byte[] bytes, bool isBf16) => isBf16
        ? [.. bytes.Chunk(2).Select(pair => (double)BitConverter.ToSingle([0, 0, .. pair]))]
        : [.. bytes.Chunk(4).Select(four => (double)BitConverter.ToSingle(four))];

    /// <summary>From the order [N, C, H, W] to [N, H, W, C].</summary>
    public static double[] ToNhwc(double[] values, Shape shape)
    {
        double[] result = new double[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            result[PlaceInNhwc(i, shape)] = values[i];
        }

        return result;
    }

    /// <summary>From the order [N, H, W, C] to [N, C, H, W].</summary>
    public static double[] ToNchw(double[] values, Shape shape) =>
        [.. Enumerable.Range(0, values.Length).Select(i => values[PlaceInNhwc(i, shape)])];

    private static int PlaceInNhwc(int i, Shape shape)
    {
        int pixel = i % shape.Plane, channel = i / shape.Plane % shape.C, image = i / shape.Plane / shape.C;
        return (((image * shape.Plane) + pixel) * shape.C) + channel;
    }
}
