using System.Runtime.InteropServices;
using DenseNetRaw.Cuda.Libraries;

namespace DenseNetRaw.Cuda.Native;

/// <summary>
/// The CUDA driver's functions, by the names that the library exports (CUDA 11.4 and newer). An address on the device
/// is a <see cref="ulong"/>, an opaque object a <see cref="nint"/>.
/// </summary>
internal static unsafe partial class DriverApi
{
    private const string Library = "cuda";

    static DriverApi() => CudaLibraries.DirectBindings();

    [LibraryImport(Library)]
    internal static partial CuResult cuInit(uint flags);

    [LibraryImport(Library)]
    internal static partial CuResult cuDriverGetVersion(out int version);

    [LibraryImport(Library)]
    internal static partial CuResult cuGetErrorName(CuResult error, out nint name);

    [LibraryImport(Library)]
    internal static partial CuResult cuGetErrorString(CuResult error, out nint text);

    [LibraryImport(Library)]
    internal static partial CuResult cuDeviceGetCount(out int count);

    [LibraryImport(Library)]
    internal static partial CuResult cuDeviceGet(out int device, int ordinal);

    [LibraryImport(Library)]
    internal static partial CuResult cuDeviceGetName(Span<byte> name, int length, int device);

    [LibraryImport(Library)]
    internal static partial CuResult cuDeviceTotalMem_v2(out nuint bytes, int device);

    [LibraryImport(Library)]
    internal static partial CuResult cuDeviceGetAttribute(out int value, DeviceAttribute attribute, int device);

    [LibraryImport(Library)]
    internal static partial CuResult cuDevicePrimaryCtxRetain(out nint context, int device);

    [LibraryImport(Library)]
    internal static partial CuResult cuDevicePrimaryCtxRelease_v2(int device);

    [LibraryImport(Library)]
    internal static partial CuResult cuCtxSetCurrent(nint context);

    [LibraryImport(Library)]
    internal static partial CuResult cuCtxSynchronize();
}
