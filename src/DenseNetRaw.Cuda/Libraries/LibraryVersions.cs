using System.Globalization;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Libraries;

/// <summary>What the libraries say that they are. None of the questions needs a device.</summary>
internal static class LibraryVersions
{
    private const int CudnnNineNumber = 90000;

    /// <summary>The version of a library that was found; null where it cannot be asked.</summary>
    public static string? Of(CudaLibrary library) => library switch
    {
        CudaLibrary.Driver => Driver() is { } version ? $"for CUDA {version}" : null,
        CudaLibrary.Cublas => CudaLibraries.Has(library, nameof(CublasApi.cublasGetProperty))
            ? string.Join('.', Enumerable.Range(0, 3).Select(CublasProperty))
            : null,
        CudaLibrary.CublasLt => CudaLibraries.Has(library, nameof(CublasLtApi.cublasLtGetVersion))
            ? CublasLt((long)CublasLtApi.cublasLtGetVersion())
            : null,
        CudaLibrary.Cudnn => CudaLibraries.Has(library, nameof(CudnnApi.cudnnGetVersion))
            ? Cudnn((long)CudnnApi.cudnnGetVersion())
            : null,
        CudaLibrary.Nvrtc => NvrtcApi.nvrtcVersion(out int major, out int minor) == NvrtcResult.Success
            ? string.Create(CultureInfo.InvariantCulture, $"{major}.{minor}")
            : null,
        _ => throw new ArgumentOutOfRangeException(nameof(library)),
    };

    /// <summary>The CUDA version that the driver runs; null where it does not say, as a stub library.</summary>
    public static DriverVersion? Driver() =>
        DriverApi.cuDriverGetVersion(out int number) == CuResult.Success ? DriverVersion.FromNumber(number) : null;

    /// <summary>Version 9 counts 10000 · major + 100 · minor + patch, version 8 counted 1000 · major.</summary>
    internal static string Cudnn(long number)
    {
        long major = number >= CudnnNineNumber ? number / 10000 : number / 1000;
        long rest = number >= CudnnNineNumber ? number % 10000 : number % 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{major}.{rest / 100}.{rest % 100}");
    }

    /// <summary>
    /// cuBLASLt counts 10000 · major + 100 · minor + patch; in CUDA 11 the digits ran into one another and stay as
    /// they are.
    /// </summary>
    internal static string CublasLt(long number) => number < 100_000
        ? number.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{number / 10000}.{number / 100 % 100}.{number % 100}");

    private static int CublasProperty(int property)
    {
        CudaException.ThrowIfFailed(CublasApi.cublasGetProperty(property, out int value));
        return value;
    }
}
