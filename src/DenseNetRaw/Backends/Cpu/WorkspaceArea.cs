namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// Hands out pieces of a call's workspace memory from the front. Run over address 0 it tells how much the call needs,
/// so what a plan states and what a call uses are one piece of code.
/// </summary>
/// <param name="address">Where the workspace memory begins; 0 to measure.</param>
internal unsafe ref struct WorkspaceArea(nint address)
{
    private const long Alignment = 64;

    /// <summary>Bytes handed out so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether the memory exists, or is only measured.</summary>
    public readonly bool IsReal => address != 0;

    /// <summary>The next <paramref name="count"/> elements, aligned to a cache line.</summary>
    public T* Take<T>(long count)
        where T : unmanaged
    {
        T* taken = (T*)(address + (nint)Bytes);
        Bytes += ((count * sizeof(T)) + Alignment - 1) / Alignment * Alignment;
        return taken;
    }
}
