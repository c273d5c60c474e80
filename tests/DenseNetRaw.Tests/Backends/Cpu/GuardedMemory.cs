using System.Runtime.InteropServices;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Tests.Backends.Cpu;

/// <summary>
/// Memory that ends, to within the alignment of 64 bytes, where an inaccessible page begins: who reads or writes beyond
/// it ends the process. Elsewhere than on Linux it is memory like any other.
/// </summary>
internal sealed partial class GuardedMemory : DeviceMemory
{
    private const int Alignment = 64, ReadAndWrite = 3, None = 0, PrivateAndAnonymous = 0x22;

    private readonly nint _pages;
    private readonly nint _length;

    private GuardedMemory(nint pages, nint length, long bytes)
        : base(pages + length - Environment.SystemPageSize - (nint)bytes, bytes) => (_pages, _length) = (pages, length);

    /// <summary>So many bytes.</summary>
    public static DeviceMemory Of(long bytes)
    {
        if (!OperatingSystem.IsLinux())
            return new HostMemory(bytes);
        long aligned = RoundedUp(bytes, Alignment), page = Environment.SystemPageSize;
        nint length = (nint)(RoundedUp(aligned, page) + page);
        nint pages = Map(0, length, ReadAndWrite, PrivateAndAnonymous, -1, 0);
        if (pages == -1 || Protect(pages + length - (nint)page, (nint)page, None) != 0)
            throw new InsufficientMemoryException($"no memory of {length} bytes");
        return new GuardedMemory(pages, length, aligned);
    }

    protected override void Dispose(bool disposing) => _ = Unmap(_pages, _length);

    private static long RoundedUp(long bytes, long unit) => (bytes + unit - 1) / unit * unit;

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nint length);
}
