using DenseNetRaw.Autograd;
using DenseNetRaw.Backends.Reference;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda.Kernels;

/// <summary>
/// Plays an operation on the reference backend and on the kernels, and compares everything that it may have touched:
/// the slices by value, and what lies beside them (other channels and the padding of pixels, all NaN) by its bytes.
/// </summary>
internal static class KernelComparison
{
    /// <summary>Half a unit in the last place of float32, relative to the value.</summary>
    private const double EpsilonOfSingle = 1.0 / (1 << 24);

    /// <summary>Half a unit in the last place of bf16.</summary>
    private const double EpsilonOfHalf = 1.0 / (1 << 8);

    /// <summary>
    /// Slices that begin at 16 bytes, at 8 of bf16, and at neither: each takes accesses of its own width.
    /// </summary>
    private static readonly int[] ChannelsBefore = [8, 4, 2];

    /// <summary>fp32, bf16 with fp32 gradients, and bf16 for both.</summary>
    private static readonly StorageRole[][] Halves =
        [[], [StorageRole.Feature], [StorageRole.Feature, StorageRole.FeatureGradient]];

    /// <summary>
    /// Rounding errors of a sum of L terms of random sign grow like √L, as the sum does; eight standard deviations,
    /// times the few operations behind each term.
    /// </summary>
    public static double Tolerance(long terms) => 16 * EpsilonOfSingle * Math.Sqrt(terms);

    /// <summary>Compares in every precision, on slices of every alignment.</summary>
    /// <param name="terms">Length of the longest sum.</param>
    /// <param name="play">Makes its tensors in the sandbox and calls the backend.</param>
    /// <param name="magnitude">Of numbers whose difference a result is, where they are larger than it.</param>
    public static void Check(long terms, Action<KernelSandbox> play, double magnitude = 0)
    {
        Emulation emulation = Emulation.Require();
        foreach (int channelsBefore in ChannelsBefore)
        {
            foreach (StorageRole[] halves in Halves)
            {
                Check(Tolerance(terms), magnitude, emulation, halves, channelsBefore, play);
            }
        }
    }

    private static void Check(
        double tolerance, double magnitude, Emulation emulation, StorageRole[] halves, int channelsBefore,
        Action<KernelSandbox> play)
    {
        using KernelBackend kernels = new(emulation, halves);
        using ReferenceBackend reference = new();
        using KernelSandbox expected = new(reference, channelsBefore), actual = new(kernels, channelsBefore);
        play(expected);
        play(actual);
        for (int t = 0; t < expected.Tensors.Count; t++)
        {
            Tensor slice = actual.Tensors[t];
            string what = $"{kernels.Name}, {slice}";
            bool isHalf = kernels.ElementBytes(slice.Storage.Role) == 2;
            double[] right = expected.Values(expected.Tensors[t]);
            double absolute = tolerance * Math.Max(magnitude, right.Max(Math.Abs));
            CompareValues(right, actual.Values(slice), absolute, isHalf, what);
            AssertUntouched(actual.Raw(slice), slice, kernels, what);
        }
    }

    /// <summary>A value of bf16 was rounded once, at the end.</summary>
    private static void CompareValues(double[] expected, double[] actual, double absolute, bool isHalf, string what)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            double allowed = absolute + (isHalf ? (Math.Abs(expected[i]) + absolute) * EpsilonOfHalf : 0);
            if (!(Math.Abs(actual[i] - expected[i]) <= allowed))
            {
                Assert.Fail($"{what} at {i}: {actual[i]}, expected {expected[i]} within {allowed}");
            }
        }
    }

    private static void AssertUntouched(byte[] raw, Tensor slice, KernelBackend kernels, string what)
    {
        int element = kernels.ElementBytes(slice.Storage.Role), pitch = kernels.Pitch(slice.Storage) * element;
        int begin = slice.FirstChannel * element, end = begin + (slice.Shape.C * element);
        for (int i = 0; i < raw.Length; i++)
        {
            if ((i % pitch < begin || i % pitch >= end) && raw[i] != 0xff)
            {
                Assert.Fail($"{what}: byte {i % pitch} of pixel {i / pitch} is not the slice's and was written");
            }
        }
    }
}
