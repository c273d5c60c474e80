using System.Runtime.InteropServices;

namespace DenseNetRaw.Backends;

/// <summary>Zeroed memory of the process, outside the managed heap.</summary>
public sealed unsafe class HostMemory : DeviceMemory
{
    private const nuint Alignment = 64;
    private bool _isFree;

    /// <summary>Allocates and clears <paramref name="bytes"/>.</summary>
    /// <exception cref="OutOfMemoryException">The system has not that much.</exception>
    public HostMemory(long bytes)
        : base((nint)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), Alignment), bytes) =>
        NativeMemory.Clear((void*)Address, (nuint)bytes);

    /// <summary>Memory of the machine or container, less what is in use.</summary>
    public static long AvailableBytes
    {
        get
        {
            GCMemoryInfo memory = GC.GetGCMemoryInfo();
            return Math.Max(0, memory.TotalAvailableMemoryBytes - Math.Max(memory.MemoryLoadBytes, Environment.WorkingSet));
        }
    }

    /// <summary>Frees memory that was never disposed of.</summary>
    ~HostMemory() => Dispose(false);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!_isFree)
        {
            NativeMemory.AlignedFree((void*)Address);
            _isFree = true;
        }
    }
}
