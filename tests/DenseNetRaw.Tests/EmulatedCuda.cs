using DenseNetRaw.Cuda.Kernels;
using DenseNetRaw.Cuda.Libraries;
using DenseNetRaw.Tests.Cuda.Kernels;
using NUnit.Framework;

namespace DenseNetRaw.Tests;

/// <summary>
/// Before any test: where DENSENET_CUDA_LIBRARIES names no libraries, the bindings are directed to the emulation, since
/// they look for their libraries once a process; and what runs on the device that suits it runs on the CPU all the same.
/// </summary>
[SetUpFixture]
public sealed class EmulatedCuda
{
    [OneTimeSetUp]
    public void DirectBindings()
    {
        Environment.SetEnvironmentVariable("DENSENET_DEVICE", "cpu");
        if (Environment.GetEnvironmentVariable(LibraryPlaces.Variable) is null && Emulation.FolderIfBuilt() is { } folder)
        {
            Environment.SetEnvironmentVariable(LibraryPlaces.Variable, WithCompiler(folder));
            Environment.SetEnvironmentVariable(KernelCache.Variable, Path.Combine(folder, "kernel-cache"));
        }
    }

    /// <summary>A real NVRTC comes before the one that compiles nothing: its tests need no GPU.</summary>
    private static string WithCompiler(string folder)
    {
        LibrarySearch search = new(new LibraryPlaces(Environment.GetEnvironmentVariable));
        return search.Find(CudaLibrary.Nvrtc, newestCuda: null).FilePath is { } file && Path.IsPathRooted(file)
            ? Path.GetDirectoryName(file) + Path.PathSeparator + folder
            : folder;
    }
}
