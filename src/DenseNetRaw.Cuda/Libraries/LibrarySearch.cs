using System.Diagnostics;
using System.Runtime.InteropServices;

namespace DenseNetRaw.Cuda.Libraries;

/// <summary>Looks for a library place by place, and in each place for the newest version first.</summary>
/// <param name="places">Where to look.</param>
internal sealed class LibrarySearch(LibraryPlaces places)
{
    /// <summary>The words that mark, among the attempts, a file that is there and cannot be used.</summary>
    public const string CannotLoad = "cannot be loaded";

    /// <summary>Loads the first that can be loaded.</summary>
    /// <param name="library">What to look for.</param>
    /// <param name="newestCuda">The newest CUDA version that the driver runs; null where there is no driver.</param>
    public LibraryResolution Find(CudaLibrary library, int? newestCuda)
    {
        List<string> attempts = [];
        foreach (LibraryPlace place in places.For(library))
        {
            foreach (LibraryName name in LibraryNames.Of(library))
            {
                if (TryLoad(library, place, name, newestCuda, attempts) is { } found)
                {
                    return found;
                }
            }

            attempts.Add($"{place}: nothing usable");
        }

        return new LibraryResolution(library, 0, null, attempts);
    }

    private static LibraryResolution? TryLoad(
        CudaLibrary library, LibraryPlace place, LibraryName name, int? newestCuda, List<string> attempts)
    {
        string file = place.Folder is null ? name.FileName : Path.Combine(place.Folder, name.FileName);
        if (place.Folder is not null && !File.Exists(file))
        {
            return null;
        }

        if (name.CudaMajor > newestCuda)
        {
            attempts.Add($"{file}: needs a driver for CUDA {name.CudaMajor}, this one runs CUDA {newestCuda}");
            return null;
        }

        if (place.Folder is null)
        {
            return NativeLibrary.TryLoad(file, out nint handle)
                ? new LibraryResolution(library, handle, FileOf(library, handle) ?? file, attempts)
                : null;
        }

        LoadCompanions(library, place.Folder, name.FileName);
        try
        {
            return new LibraryResolution(library, NativeLibrary.Load(file), file, attempts);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            attempts.Add($"{file} {CannotLoad}: {Reason(e.Message, file)}");
            return null;
        }
    }

    // They depend on one another in no documented order: as long as one more can be loaded, try the rest again.
    private static void LoadCompanions(CudaLibrary library, string folder, string fileName)
    {
        List<string> waiting =
        [
            .. LibraryNames.Companions(library, fileName).SelectMany(p => Directory.EnumerateFiles(folder, p)),
        ];
        int loaded;
        do
        {
            loaded = waiting.RemoveAll(f => NativeLibrary.TryLoad(f, out _));
        }
        while (loaded > 0);
    }

    // The runtime's message lists everything that it tried; the line that names the file says why.
    private static string Reason(string message, string file) =>
        message.Split('\n')
            .Select(l => l.Trim())
            .FirstOrDefault(l => l.StartsWith(file + ": ", StringComparison.Ordinal))?[(file.Length + 2)..]
        ?? message.Split('\n')[0].Trim();

    /// <summary>
    /// The file that the loader took for a bare name: the one in which a function of the library lies.
    /// </summary>
    private static string? FileOf(CudaLibrary library, nint handle)
    {
        if (!NativeLibrary.TryGetExport(handle, LibraryNames.LandmarkFunction(library), out nint address))
        {
            return null;
        }

        using Process process = Process.GetCurrentProcess();
        return process.Modules.Cast<ProcessModule>()
            .FirstOrDefault(m => address >= m.BaseAddress && address < m.BaseAddress + m.ModuleMemorySize)?.FileName;
    }
}
