using System.Runtime.InteropServices;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>The vectors of a batch normalisation: <c>Norm</c> of kernels/norm.cuh.</summary>
/// <param name="Mean">Mean of each channel.</param>
/// <param name="Variance">Biased variance.</param>
/// <param name="Gamma">Scale.</param>
/// <param name="Beta">Shift.</param>
/// <param name="Epsilon">Added to the variance.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Norm(ulong Mean, ulong Variance, ulong Gamma, ulong Beta, float Epsilon)
{
    /// <summary>The structure as a kernel's argument.</summary>
    public static implicit operator KernelArgument(Norm value) => KernelArgument.Of(value);
}
