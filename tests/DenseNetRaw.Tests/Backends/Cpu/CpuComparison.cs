using DenseNetRaw.Autograd;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Backends.Cpu;

/// <summary>
/// Plays an operation on the reference backend and on the cpu backend, and compares everything that it may have
/// touched.
/// </summary>
internal static class CpuComparison
{
    /// <summary>Half a unit in the last place of float32.</summary>
    private const double Epsilon = 1.0 / (1 << 24);

    /// <summary>
    /// Rounding errors of a sum of L terms of random sign grow like √L, as the sum does; eight standard deviations,
    /// times the few operations behind each term.
    /// </summary>
    public static double Tolerance(long terms) => 16 * Epsilon * Math.Sqrt(terms);

    /// <summary>
    /// Plays <paramref name="play"/> on both, for every width of vectors and several numbers of threads.
    /// </summary>
    /// <param name="terms">Length of the longest sum.</param>
    /// <param name="play">Makes its tensors in the sandbox and calls the backend.</param>
    public static void Check(long terms, Action<Sandbox> play)
    {
        foreach ((int threads, int lanes) in new[] { (1, 16), (3, 8), (2, 4), (8, CpuBackend.WidestLanes) })
        {
            Check(terms, threads, lanes, play);
        }
    }

    /// <summary>Plays <paramref name="play"/> on the reference and on one cpu backend.</summary>
    public static void Check(long terms, int threads, int lanes, Action<Sandbox> play)
    {
        using ReferenceBackend reference = new();
        using CpuBackend cpu = new(threads, lanes);
        using Sandbox expected = new(reference, seed: 1), actual = new(cpu, seed: 1);
        play(expected);
        play(actual);
        for (int t = 0; t < expected.Tensors.Count; t++)
        {
            Compare(expected, actual, t, Tolerance(terms), $"{threads} threads, {lanes} lanes");
        }
    }

    private static void Compare(Sandbox expected, Sandbox actual, int t, double tolerance, string setting)
    {
        (Tensor slice, float[] initial) = actual.Tensors[t];
        float[] right = expected.Values(expected.Tensors[t].Slice), values = actual.Values(slice);
        double largest = right.Max(value => Math.Abs((double)value));
        for (int i = 0; i < values.Length; i++)
        {
            int channel = i / slice.Shape.Plane % slice.Storage.Shape.C;
            bool isCanary = channel < slice.FirstChannel || channel >= slice.FirstChannel + slice.Shape.C;
            double wanted = isCanary ? initial[i] : right[i], allowed = isCanary ? 0 : tolerance * largest;
            if (!(Math.Abs(values[i] - wanted) <= allowed))
            {
                string what = isCanary ? "a neighbouring channel" : "the result";
                Assert.Fail($"{setting}, {slice}, {what} at {i}: {values[i]}, expected {wanted} within {allowed}");
            }
        }
    }
}
