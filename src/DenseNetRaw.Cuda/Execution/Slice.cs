using System.Runtime.InteropServices;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>A run of channels of every pixel: <c>Slice</c> of kernels/common.cuh.</summary>
/// <param name="First">The first channel of the first pixel.</param>
/// <param name="Pitch">Elements from one pixel to the next.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Slice(ulong First, int Pitch)
{
    /// <summary>The structure as a kernel's argument.</summary>
    public static implicit operator KernelArgument(Slice value) => KernelArgument.Of(value);
}
