using System.Runtime.InteropServices;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>A batch of bytes: <c>Images</c> of kernels/augment.cu.</summary>
/// <param name="Bytes">[N, 3, H, W].</param>
/// <param name="Indices">Places of the images in their data set.</param>
/// <param name="Count">N.</param>
/// <param name="Height">H.</param>
/// <param name="Width">W.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Images(ulong Bytes, ulong Indices, int Count, int Height, int Width)
{
    /// <summary>The structure as a kernel's argument.</summary>
    public static implicit operator KernelArgument(Images value) => KernelArgument.Of(value);
}
