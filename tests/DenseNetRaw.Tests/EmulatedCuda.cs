using DenseNetRaw.Cuda.Kernels;
using DenseNetRaw.Cuda.Libraries;
using DenseNetRaw.Tests.Cuda.Kernels;
using NUnit.Framework;

namespace DenseNetRaw.Tests;

/// <summary>
/// Before any test: unless DENSENET_CUDA_LIBRARIES names a driver's folder, the bindings are directed to the emulation,
/// since they look for their libraries once a process; and --device auto is the CPU, whatever the machine has.
/// </summary>
[SetUpFixture]
public sealed class EmulatedCuda
{
    [OneTimeSetUp]
    public void DirectBindings()
    {
        Environment.SetEnvironmentVariable("DENSENET_DEVICE", "cpu");
        string[] named = (Environment.GetEnvironmentVariable(LibraryPlaces.Variable) ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        bool isDriverNamed = named.Any(folder => File.Exists(Path.Combine(folder, "libcuda.so.1")));
        if (!isDriverNamed && Emulation.FolderIfBuilt() is { } emulation)
        {
            string all = string.Join(Path.PathSeparator, [.. named, .. CompilerFolders(), emulation]);
            Environment.SetEnvironmentVariable(LibraryPlaces.Variable, all);
            Environment.SetEnvironmentVariable(KernelCache.Variable, Path.Combine(emulation, "kernel-cache"));
        }
    }

    /// <summary>
    /// A real NVRTC, fetched by scripts/get-nvrtc.sh or installed, comes before the one that compiles nothing.
    /// </summary>
    private static IEnumerable<string> CompilerFolders()
    {
        string fetched = Path.Combine(RepositoryFolder.Find(), "artifacts", "nvrtc");
        if (Directory.Exists(fetched))
        {
            return [fetched];
        }

        LibrarySearch search = new(new LibraryPlaces(Environment.GetEnvironmentVariable));
        string? file = search.Find(CudaLibrary.Nvrtc, newestCuda: null).FilePath;
        return file is not null && Path.IsPathRooted(file) ? [Path.GetDirectoryName(file)!] : [];
    }
}
