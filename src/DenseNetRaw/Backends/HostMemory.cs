using System.Globalization;
using System.Runtime.InteropServices;

namespace DenseNetRaw.Backends;

/// <summary>Zeroed memory of the process, outside the managed heap.</summary>
public sealed unsafe partial class HostMemory : DeviceMemory
{
    private const nuint Alignment = 64, HugePage = 2 << 20;
    private const int AdviseHugePages = 14;
    private bool _isFree;

    /// <summary>Allocates and clears <paramref name="bytes"/>.</summary>
    /// <exception cref="OutOfMemoryException">The system has not that much.</exception>
    public HostMemory(long bytes)
        : base((nint)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), AlignmentOf(bytes)), bytes)
    {
        // A plane of 32×32 is a page of 4 KiB: a sweep over channels meets a new page with each. Where the system
        // refuses huge ones, small ones do.
        if (OperatingSystem.IsLinux() && (nuint)bytes >= HugePage)
        {
            _ = Advise(Address, (nuint)bytes, AdviseHugePages);
        }

        NativeMemory.Clear((void*)Address, (nuint)bytes);
    }

    /// <summary>Memory that the machine or container can still give.</summary>
    public static long AvailableBytes
    {
        get
        {
            GCMemoryInfo memory = GC.GetGCMemoryInfo();
            long limit = memory.TotalAvailableMemoryBytes - Environment.WorkingSet;
            long free = FreeBytesOfLinux() ?? memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes;
            return Math.Max(0, Math.Min(limit, free));
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

    private static nuint AlignmentOf(long bytes) => (nuint)bytes >= HugePage ? HugePage : Alignment;

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint bytes, int advice);

    /// <summary>
    /// What the kernel counts as available: free memory and caches that it can drop. Null elsewhere than on Linux.
    /// </summary>
    private static long? FreeBytesOfLinux()
    {
        const string Table = "/proc/meminfo";
        if (!File.Exists(Table))
        {
            return null;
        }

        string? line = File.ReadLines(Table).FirstOrDefault(
            l => l.StartsWith("MemAvailable:", StringComparison.Ordinal));
        return line is null
            ? null
            : 1024 * long.Parse(
                line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
