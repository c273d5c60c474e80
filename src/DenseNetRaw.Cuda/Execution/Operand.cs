namespace DenseNetRaw.Cuda.Execution;

/// <summary>A run of channels of every pixel, and what its elements are.</summary>
/// <param name="First">The first channel of the first pixel.</param>
/// <param name="Pitch">Elements from one pixel to the next.</param>
/// <param name="Type">What the elements are.</param>
internal readonly record struct Operand(ulong First, int Pitch, ElementType Type)
{
    /// <summary>The same from a later pixel on.</summary>
    public Operand From(long pixel) =>
        this with { First = First + (ulong)(pixel * Pitch * ElementLayout.BytesOf(Type)) };

    /// <summary>Whether every pixel can be read this many elements at a time, or 16 bytes if those are fewer.</summary>
    public bool IsAligned(int width)
    {
        int bytes = ElementLayout.BytesOf(Type);
        return (First | ((ulong)Pitch * (ulong)bytes)) % (ulong)Math.Min(16, bytes * width) == 0;
    }
}
