using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Libraries;

/// <summary>What there is of CUDA on this machine: driver, devices and libraries, or why it cannot be used.</summary>
public sealed class CudaInstallation
{
    // The oldest with cuGraphInstantiateWithFlags.
    private static readonly DriverVersion OldestDriver = new(11, 4);

    private static readonly CudaLibrary[] Needed = [CudaLibrary.Cublas, CudaLibrary.Cudnn];

    // PTX inside the assembly makes up for the compiler. To know it takes a hash of every source.
    private static readonly Lazy<bool> HasEmbeddedPtx = new(() => Kernels.KernelSources.Embedded().HasPtx);

    private CudaInstallation(
        IReadOnlyList<CudaDevice> devices, IReadOnlyList<FoundLibrary> libraries, string? whyNotUsable)
    {
        Devices = devices;
        Libraries = libraries;
        WhyNotUsable = whyNotUsable;
    }

    /// <summary>The GPUs that the driver shows to this process; none where there is no driver.</summary>
    public IReadOnlyList<CudaDevice> Devices { get; }

    /// <summary>The driver, cuBLAS, cuBLASLt, cuDNN and NVRTC.</summary>
    public IReadOnlyList<FoundLibrary> Libraries { get; }

    /// <summary>What is missing and how to get it, in a sentence; null where nothing is.</summary>
    public string? WhyNotUsable { get; }

    /// <summary>Looks for everything and starts the driver.</summary>
    public static CudaInstallation Find()
    {
        string? why = StartDriver();
        CudaDevice[] devices = why is null ? AllDevices() : [];
        return new CudaInstallation(
            devices,
            [.. Enum.GetValues<CudaLibrary>().Select(Describe)],
            why ?? (devices.Length == 0 ? Explain(CuResult.NoDevice, FileOfDriver()) : MissingLibrary()));
    }

    /// <summary>Why the driver's first call failed, and what helps.</summary>
    /// <param name="result">What <c>cuInit</c> returned.</param>
    /// <param name="file">The driver's library.</param>
    internal static string Explain(CuResult result, string file) => result switch
    {
        CuResult.NoDevice or CuResult.InvalidDevice =>
            $"the driver {file} finds no GPU: check that nvidia-smi lists one, that the container is given it and that "
            + "CUDA_VISIBLE_DEVICES does not hide it",
        CuResult.StubLibrary =>
            $"{file} is the CUDA toolkit's stand-in for a driver, not a driver: install NVIDIA's driver, or take the "
            + "folder 'stubs' off the loader's path",
        CuResult.SystemDriverMismatch =>
            $"the driver's library {file} and its kernel module are of different versions: restart the machine, or in "
            + "a container take out its own libcuda",
        CuResult.CallRequiresNewerDriver or CuResult.CompatNotSupportedOnDevice =>
            $"the driver's library {file} is newer than the driver: update NVIDIA's driver, or take the folder "
            + "'compat' off the loader's path",
        CuResult.SystemNotReady =>
            $"the driver {file} is not ready: start NVIDIA's services (nvidia-fabricmanager on machines with NVSwitch)",
        _ => $"the driver {file} does not start, error {(int)result}: check that nvidia-smi works",
    };

    private static string? StartDriver()
    {
        if (CudaLibraries.Of(CudaLibrary.Driver).WhyMissing is { } missing)
        {
            return missing;
        }

        CuResult result = DriverApi.cuInit(0);
        return result != CuResult.Success ? Explain(result, FileOfDriver())
            : LibraryVersions.Driver() is { } version && IsTooOld(version)
                ? $"the driver {FileOfDriver()} runs CUDA {version}, at least {OldestDriver} is needed: "
                    + "update NVIDIA's driver"
                : null;
    }

    private static bool IsTooOld(DriverVersion version) =>
        (version.Major, version.Minor).CompareTo((OldestDriver.Major, OldestDriver.Minor)) < 0;

    private static CudaDevice[] AllDevices()
    {
        CudaException.ThrowIfFailed(DriverApi.cuDeviceGetCount(out int count));
        return [.. Enumerable.Range(0, count).Select(CudaDevice.At)];
    }

    private static string? MissingLibrary() =>
        Needed.Select(l => CudaLibraries.Of(l).WhyMissing).FirstOrDefault(w => w is not null) ?? MissingCompiler();

    private static string? MissingCompiler() =>
        HasEmbeddedPtx.Value ? null : CudaLibraries.Of(CudaLibrary.Nvrtc).WhyMissing;

    private static string FileOfDriver() => CudaLibraries.Of(CudaLibrary.Driver).FilePath!;

    private static FoundLibrary Describe(CudaLibrary library)
    {
        LibraryResolution found = CudaLibraries.Of(library);
        return new FoundLibrary(
            library,
            LibraryNames.DisplayName(library),
            found.FilePath,
            found.IsFound ? LibraryVersions.Of(library) : null,
            found.WhyMissing,
            found.Attempts);
    }
}
