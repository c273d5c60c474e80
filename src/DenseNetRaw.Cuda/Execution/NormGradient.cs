using System.Runtime.InteropServices;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>The gradients of the four vectors: <c>NormGradient</c> of kernels/norm.cuh.</summary>
/// <param name="Mean">Of the mean.</param>
/// <param name="Variance">Of the variance.</param>
/// <param name="Gamma">Of the scale.</param>
/// <param name="Beta">Of the shift.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct NormGradient(ulong Mean, ulong Variance, ulong Gamma, ulong Beta)
{
    /// <summary>The structure as a kernel's argument.</summary>
    public static implicit operator KernelArgument(NormGradient value) => KernelArgument.Of(value);
}
