using System.Runtime.InteropServices;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>What a kernel covers: <c>Extent</c> of kernels/common.cuh.</summary>
/// <param name="Pixels">Pixels N·H·W.</param>
/// <param name="Channels">Channels of the slice.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Extent(long Pixels, int Channels)
{
    /// <summary>The structure as a kernel's argument.</summary>
    public static implicit operator KernelArgument(Extent value) => KernelArgument.Of(value);
}
