using System.Runtime.InteropServices;

namespace DenseNetRaw.Cuda.Native;

/// <content>Memory of device and host, copies and fills.</content>
internal static unsafe partial class DriverApi
{
    [LibraryImport(Library)]
    internal static partial CuResult cuMemGetInfo_v2(out nuint free, out nuint total);

    [LibraryImport(Library)]
    internal static partial CuResult cuMemAlloc_v2(out ulong address, nuint bytes);

    [LibraryImport(Library)]
    internal static partial CuResult cuMemFree_v2(ulong address);

    [LibraryImport(Library)]
    internal static partial CuResult cuMemHostAlloc(out nint pointer, nuint bytes, uint flags);

    [LibraryImport(Library)]
    internal static partial CuResult cuMemFreeHost(nint pointer);

    [LibraryImport(Library)]
    internal static partial CuResult cuMemcpyHtoDAsync_v2(ulong target, void* source, nuint bytes, CudaStream stream);

    [LibraryImport(Library)]
    internal static partial CuResult cuMemcpyDtoHAsync_v2(void* target, ulong source, nuint bytes, CudaStream stream);

    [LibraryImport(Library)]
    internal static partial CuResult cuMemcpyDtoDAsync_v2(ulong target, ulong source, nuint bytes, CudaStream stream);

    [LibraryImport(Library)]
    internal static partial CuResult cuMemsetD8Async(ulong target, byte value, nuint count, CudaStream stream);

    [LibraryImport(Library)]
    internal static partial CuResult cuMemsetD32Async(ulong target, uint value, nuint count, CudaStream stream);
}
