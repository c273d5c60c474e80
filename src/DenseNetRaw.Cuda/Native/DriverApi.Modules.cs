using System.Runtime.InteropServices;

namespace DenseNetRaw.Cuda.Native;

/// <content>Modules, functions and launches.</content>
internal static unsafe partial class DriverApi
{
    [LibraryImport(Library)]
    internal static partial CuResult cuModuleLoadDataEx(
        out nint module, void* image, uint optionCount, JitOption* options, void** values);

    [LibraryImport(Library)]
    internal static partial CuResult cuModuleUnload(nint module);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial CuResult cuModuleGetFunction(out nint function, CudaModule module, string name);

    [LibraryImport(Library)]
    internal static partial CuResult cuFuncGetAttribute(out int value, FunctionAttribute attribute, nint function);

    [LibraryImport(Library)]
    internal static partial CuResult cuFuncSetAttribute(nint function, FunctionAttribute attribute, int value);

    [LibraryImport(Library)]
    internal static partial CuResult cuLaunchKernel(
        nint function,
        uint gridX,
        uint gridY,
        uint gridZ,
        uint blockX,
        uint blockY,
        uint blockZ,
        uint sharedBytes,
        CudaStream stream,
        void** parameters,
        void** extra);
}
