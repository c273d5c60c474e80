using System.Runtime.InteropServices;
using DenseNetRaw.Cuda.Libraries;

namespace DenseNetRaw.Cuda.Native;

/// <summary>cuBLASLt's functions, by the names that the library exports (11, 12 and 13).</summary>
internal static unsafe partial class CublasLtApi
{
    private const string Library = "cublasLt";

    static CublasLtApi() => CudaLibraries.DirectBindings();

    [LibraryImport(Library)]
    internal static partial nuint cublasLtGetVersion();

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtCreate(out nint handle);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtDestroy(nint handle);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtMatmulDescCreate(
        out nint operation, CublasCompute compute, CudaDataType scaleType);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtMatmulDescSetAttribute(
        MatmulOperation operation, int attribute, void* value, nuint bytes);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtMatmulDescDestroy(nint operation);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtMatrixLayoutCreate(
        out nint layout, CudaDataType type, ulong rows, ulong columns, long leadingDimension);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtMatrixLayoutDestroy(nint layout);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtMatmulPreferenceCreate(out nint preference);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtMatmulPreferenceSetAttribute(
        MatmulPreference preference, int attribute, void* value, nuint bytes);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtMatmulPreferenceDestroy(nint preference);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtMatmulAlgoGetHeuristic(
        CublasLtHandle handle,
        MatmulOperation operation,
        MatrixLayout a,
        MatrixLayout b,
        MatrixLayout c,
        MatrixLayout d,
        MatmulPreference preference,
        int requested,
        MatmulHeuristic* results,
        out int returned);

    [LibraryImport(Library)]
    internal static partial CublasStatus cublasLtMatmul(
        CublasLtHandle handle,
        MatmulOperation operation,
        in float alpha,
        ulong a,
        MatrixLayout layoutA,
        ulong b,
        MatrixLayout layoutB,
        in float beta,
        ulong c,
        MatrixLayout layoutC,
        ulong d,
        MatrixLayout layoutD,
        in MatmulAlgorithm algorithm,
        ulong workspace,
        nuint workspaceBytes,
        CudaStream stream);
}
