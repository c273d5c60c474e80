using System.Runtime.InteropServices;
using DenseNetRaw.Cuda.Libraries;

namespace DenseNetRaw.Cuda.Native;

/// <summary>
/// cuBLAS's functions, by the names that the library exports (11, 12 and 13). Matrices are column by column.
/// </summary>
internal static partial class CublasApi
{
    private const string Library = "cublas";

    static CublasApi() => CudaLibraries.DirectBindings();

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasCreate_v2(out nint handle);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasDestroy_v2(nint handle);

    /// <summary>Property 0 is the major version, 1 the minor, 2 the patch; needs no device.</summary>
    [LibraryImport(Library)]
    internal static partial CublasStatus cublasGetProperty(int property, out int value);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasSetStream_v2(CublasHandle handle, CudaStream stream);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasSetWorkspace_v2(CublasHandle handle, ulong workspace, nuint bytes);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasSetMathMode(CublasHandle handle, CublasMath mode);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasSgemm_v2(
        CublasHandle handle,
        CublasOperation operationA,
        CublasOperation operationB,
        int m,
        int n,
        int k,
        in float alpha,
        ulong a,
        int lda,
        ulong b,
        int ldb,
        in float beta,
        ulong c,
        int ldc);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasGemmEx(
        CublasHandle handle,
        CublasOperation operationA,
        CublasOperation operationB,
        int m,
        int n,
        int k,
        in float alpha,
        ulong a,
        CudaDataType typeA,
        int lda,
        ulong b,
        CudaDataType typeB,
        int ldb,
        in float beta,
        ulong c,
        CudaDataType typeC,
        int ldc,
        CublasCompute compute,
        int algorithm);
}
