using System.Runtime.InteropServices;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>Extents of x and y, and the window between them: <c>Pooling</c> of kernels/pool.cuh.</summary>
/// <param name="HeightOfX">Rows of x.</param>
/// <param name="WidthOfX">Columns of x.</param>
/// <param name="HeightOfY">Rows of y.</param>
/// <param name="WidthOfY">Columns of y.</param>
/// <param name="WindowHeight">Rows of the window.</param>
/// <param name="WindowWidth">Columns of the window.</param>
/// <param name="Stride">Pixels from one position to the next.</param>
/// <param name="Padding">Pixels around x.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Pooling(
    int HeightOfX, int WidthOfX, int HeightOfY, int WidthOfY, int WindowHeight, int WindowWidth, int Stride,
    int Padding)
{
    /// <summary>The structure as a kernel's argument.</summary>
    public static implicit operator KernelArgument(Pooling value) => KernelArgument.Of(value);
}
