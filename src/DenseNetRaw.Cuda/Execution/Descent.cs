using System.Runtime.InteropServices;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>The optimiser's settings: <c>Descent</c> of kernels/sgd.cu.</summary>
/// <param name="Momentum">Share of the velocity that stays.</param>
/// <param name="WeightDecay">Share of the weight in its gradient.</param>
/// <param name="IsNesterov">1 to look ahead, else 0.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Descent(float Momentum, float WeightDecay, int IsNesterov)
{
    /// <summary>The structure as a kernel's argument.</summary>
    public static implicit operator KernelArgument(Descent value) => KernelArgument.Of(value);
}
