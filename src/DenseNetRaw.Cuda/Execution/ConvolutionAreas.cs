using DenseNetRaw.Autograd;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>
/// How a convolution's workspace is divided: what the library works in, the weights (or their gradient) in the type of
/// the features, and packed copies of what is read and written, where cuDNN computes.
/// </summary>
internal readonly struct ConvolutionAreas
{
    // cuBLAS asks for it.
    private const ulong Alignment = 256;

    // What NVIDIA recommends for Hopper, the device that wants most.
    private const long MostCublasBytes = 32L << 20;

    /// <summary>Divides a workspace that begins at an address; 0 to learn its size.</summary>
    public ConvolutionAreas(nint workspace, Shape x, Shape w, Window window, ElementType type, long libraryBytes)
    {
        ulong next = Aligned((ulong)workspace);
        LibraryBytes = IsProduct(w, window) ? Math.Min(libraryBytes, MostCublasBytes) : libraryBytes;
        Library = Take(ref next, LibraryBytes);
        int pitch = ElementLayout.Aligned(w.C, type);
        Weights = Take(ref next, type == ElementType.F32 ? 0 : (long)w.N * w.Plane * pitch, type);
        if (!IsProduct(w, window))
        {
            X = Take(ref next, x.Count, type);
            Y = Take(ref next, window.Over(x, w.N).Count, type);
        }

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

    private static ulong Take(ref ulong next, long elements, ElementType type) =>
        Take(ref next, elements * ElementLayout.BytesOf(type));

    private static ulong Take(ref ulong next, long bytes)
    {
        ulong area = next;
        next = Aligned(next + (ulong)bytes);
        return area;
    }

    private static ulong Aligned(ulong address) => (address + Alignment - 1) / Alignment * Alignment;
}
