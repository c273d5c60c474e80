using DenseNetRaw.Autograd;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>
/// How a convolution's workspace is divided: what the library works in, the weights (or their gradient) in the type of
/// the features, and, where cuDNN computes, a packed copy of each tensor that is not packed.
/// </summary>
internal readonly struct ConvolutionAreas
{
    // cuBLAS asks for it.
    private const ulong Alignment = 256;

    // What NVIDIA recommends for Hopper, the device that wants most.
    private const long MostCublasBytes = 32L << 20;

    /// <summary>Divides a workspace that begins at an address; 0 to learn its size.</summary>
    public ConvolutionAreas(
        nint workspace, Tensor x, Shape w, Window window, Tensor y, ElementLayout layout, long libraryBytes)
    {
        ulong next = Aligned((ulong)workspace);
        bool isProduct = IsProduct(w, window), isRounded = layout.Features != ElementType.F32;
        LibraryBytes = isProduct ? Math.Min(libraryBytes, MostCublasBytes) : libraryBytes;
        Library = Take(ref next, LibraryBytes);
        int element = ElementLayout.BytesOf(layout.Features), pitch = ElementLayout.Aligned(w.C, layout.Features);
        Weights = Take(ref next, isRounded ? (long)w.N * w.Plane * pitch * element : 0);
        X = Take(ref next, isProduct || layout.IsPacked(x) ? 0 : x.Shape.Count * element);
        Y = Take(ref next, isProduct || layout.IsPacked(y) ? 0 : y.Shape.Count * element);

        // The arena aligns to 64 bytes, which the first area may have to make up for.
        Bytes = (long)(next - (ulong)workspace + Alignment);
    }

    /// <summary>What the library works in.</summary>
    public ulong Library { get; }

    /// <summary>Its bytes.</summary>
    public long LibraryBytes { get; }

    /// <summary>The weights or their gradient in the type of the features.</summary>
    public ulong Weights { get; }

    /// <summary>A packed copy of x or dx.</summary>
    public ulong X { get; }

    /// <summary>A packed copy of y or dy.</summary>
    public ulong Y { get; }

    /// <summary>Bytes of the whole.</summary>
    public long Bytes { get; }

    /// <summary>Whether the convolution is one matrix product of pixels and channels.</summary>
    public static bool IsProduct(Shape w, Window window) =>
        w is { H: 1, W: 1 } && window is { Stride: 1, Padding: 0 };

    private static ulong Take(ref ulong next, long bytes)
    {
        ulong area = next;
        next = Aligned(next + (ulong)bytes);
        return area;
    }

    private static ulong Aligned(ulong address) => (address + Alignment - 1) / Alignment * Alignment;
}
