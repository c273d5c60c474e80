using System.Runtime.InteropServices;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Libraries;

/// <summary>
/// The native libraries of this process: each is looked for when it is first needed, once, and the bindings of this
/// assembly are directed to what was found.
/// </summary>
internal static class CudaLibraries
{
    private static readonly LibrarySearch Search = new(new LibraryPlaces(Environment.GetEnvironmentVariable));

    private static readonly IReadOnlyDictionary<CudaLibrary, Lazy<LibraryResolution>> Resolutions =
        Enum.GetValues<CudaLibrary>().ToDictionary(l => l, l => new Lazy<LibraryResolution>(() => Find(l)));

    static CudaLibraries() =>
        NativeLibrary.SetDllImportResolver(typeof(CudaLibraries).Assembly, (name, _, _) => Resolve(name));

    /// <summary>What was found of a library; the first question looks for it.</summary>
    public static LibraryResolution Of(CudaLibrary library) => Resolutions[library].Value;

    /// <summary>Whether a library was found and has a function, which newer or older versions may lack.</summary>
    public static bool Has(CudaLibrary library, string function) =>
        Of(library) is { IsFound: true } found && NativeLibrary.TryGetExport(found.Handle, function, out _);

    /// <summary>
    /// Called by every class of bindings before its first call: from then on calls find their library.
    /// </summary>
    public static void DirectBindings()
    {
        // The work is done by the static constructor, which runs once.
    }

    private static nint Resolve(string name)
    {
        foreach (CudaLibrary library in Resolutions.Keys)
        {
            if (LibraryNames.ImportName(library) == name)
            {
                return Of(library) is { IsFound: true } found
                    ? found.Handle
                    : throw new DllNotFoundException(Of(library).WhyMissing);
            }
        }

        return 0;
    }

    private static LibraryResolution Find(CudaLibrary library)
    {
        // cuDNN and cuBLAS open these by name: what was opened before by path is then what they get.
        foreach (CudaLibrary needed in Needed(library))
        {
            Of(needed);
        }

        return Search.Find(library, library == CudaLibrary.Driver ? null : NewestCuda());
    }

    private static CudaLibrary[] Needed(CudaLibrary library) => library switch
    {
        CudaLibrary.Cublas => [CudaLibrary.CublasLt],
        CudaLibrary.Cudnn => [CudaLibrary.Cublas, CudaLibrary.Nvrtc],
        _ => [],
    };

    private static int? NewestCuda() =>
        Of(CudaLibrary.Driver).IsFound && DriverApi.cuDriverGetVersion(out int version) == CuResult.Success
            ? DriverVersion.FromNumber(version).Major
            : null;
}
