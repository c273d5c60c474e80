using System.Runtime.InteropServices;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>What changes from step to step: <c>StepState</c> of kernels/common.cuh.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Number">The step.</param>
/// <param name="LearningRate">The optimiser's step length.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct DeviceStep(ulong Seed, uint Number, float LearningRate)
{
    /// <summary>The structure as a kernel's argument.</summary>
    public static implicit operator KernelArgument(DeviceStep value) => KernelArgument.Of(value);
}
