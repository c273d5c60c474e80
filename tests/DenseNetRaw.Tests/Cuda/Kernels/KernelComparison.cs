using DenseNetRaw.Autograd;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Cuda;
using DenseNetRaw.Cuda.Execution;
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
    private static readonly (ElementType Features, ElementType Gradients)[] Types =
    [
        (ElementType.F32, ElementType.F32), (ElementType.Bf16, ElementType.F32), (ElementType.Bf16, ElementType.Bf16),
    ];

    /// <summary>
    /// Rounding errors of a sum of L terms of random sign grow like √L, as the sum does; eight standard deviations,
    /// times the few operations behind each term.
    /// </summary>
    public static double Tolerance(long terms) => 16 * EpsilonOfSingle * Math.Sqrt(terms);

    /// <summary>Compares in every precision, on slices of every alignment.</summary>
    /// <param name="terms">Length of the longest sum.</param>
    /// <param name="play">Makes its tensors in the sandbox and calls the backend.</param>
    /// <param name="magnitude">Of numbers whose difference a result is, where they are larger than it.</param>
    /// <param name="roundings">To bf16 on the way to a result, each of at most half a unit of the largest.</param>
    public static void Check(long terms, Action<KernelSandbox> play, double magnitude = 0, int roundings = 0)
    {
        foreach (int channelsBefore in ChannelsBefore)
        {
            foreach ((ElementType features, ElementType gradients) in Types)
            {
                double rounded = features == ElementType.Bf16 ? roundings * EpsilonOfHalf : 0;
                Check(Tolerance(terms) + rounded, magnitude, features, gradients, channelsBefore, play);
            }
        }
    }

    private static void Check(
        double tolerance, double magnitude, ElementType features, ElementType gradients, int channelsBefore,
        Action<KernelSandbox> play)
    {
        using CudaBackend cuda = TestBackend.New(features, gradients);
        using ReferenceBackend reference = new();
        using KernelSandbox expected = new(reference, channelsBefore), actual = new(cuda, channelsBefore);
        play(expected);
        play(actual);
        for (int t = 0; t < expected.Tensors.Count; t++)
        {
            Tensor slice = actual.Tensors[t];
            ElementType type = cuda.Layout.TypeOf(slice.Storage.Role);
            string what = $"{slice} of {type} before channel {channelsBefore}";
            bool isHalf = type == ElementType.Bf16;
            double[] right = expected.Values(expected.Tensors[t]);
            double absolute = tolerance * Math.Max(magnitude, right.Max(Math.Abs));
            CompareValues(right, actual.Values(slice), absolute, isHalf, what);
            AssertUntouched(actual.Raw(slice), slice, cuda.Layout, what);
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

    private static void AssertUntouched(byte[] raw, Tensor slice, ElementLayout layout, string what)
    {
        int element = ElementLayout.BytesOf(layout.TypeOf(slice.Storage.Role));
        int pitch = layout.PitchOf(slice.Storage.Shape, slice.Storage.Role) * element;
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
