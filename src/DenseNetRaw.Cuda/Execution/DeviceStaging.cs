using System.Runtime.InteropServices;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>Where batches arrive: <c>Staging</c> of kernels/batch.cu.</summary>
/// <param name="FirstSlot">Address of a slot.</param>
/// <param name="SecondSlot">Address of the other.</param>
/// <param name="Results">Three numbers a slot, in pinned memory of the host.</param>
/// <param name="Turn">The slot of the step being played.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct DeviceStaging(ulong FirstSlot, ulong SecondSlot, ulong Results, uint Turn);
