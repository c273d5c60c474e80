using System.Runtime.InteropServices;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>Where blocks leave partial sums: <c>Partials</c> of kernels/reduction.cuh.</summary>
/// <param name="Sums">[blocks, 2, channels] float32.</param>
/// <param name="Counters">One a row of blocks, 0 between launches.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Partials(ulong Sums, ulong Counters)
{
    /// <summary>The structure as a kernel's argument.</summary>
    public static implicit operator KernelArgument(Partials value) => KernelArgument.Of(value);
}
