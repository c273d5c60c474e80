using System.Runtime.InteropServices;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>The setting of one dropout layer: <c>Dropping</c> of kernels/dropout.cu.</summary>
/// <param name="Threshold">The smallest word that lets an element stay.</param>
/// <param name="Scale">1 / (1 − rate).</param>
/// <param name="Ordinal">The layer's ordinal.</param>
/// <param name="Plane">H·W.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Dropping(uint Threshold, float Scale, uint Ordinal, int Plane)
{
    /// <summary>The structure as a kernel's argument.</summary>
    public static implicit operator KernelArgument(Dropping value) => KernelArgument.Of(value);
}
