namespace DenseNetRaw.Cuda.Libraries;

/// <summary>
/// The places where CUDA's libraries are looked for, in this order: the folders of DENSENET_CUDA_LIBRARIES, wherever
/// the system's loader looks, CUDA toolkits, and the packages of the Pythons on the PATH.
/// </summary>
/// <param name="variable">Reads an environment variable; null where it is not set.</param>
internal sealed class LibraryPlaces(Func<string, string?> variable)
{
    /// <summary>The environment variable that names folders to look in first, separated as those of PATH.</summary>
    public const string Variable = "DENSENET_CUDA_LIBRARIES";

    // WSL and containers have the driver in folders that the loader may not know.
    private static readonly string[] OwnFoldersOfDriver = ["/usr/lib/wsl/lib", "/usr/local/nvidia/lib64"];

    /// <summary>The places for one library.</summary>
    public IEnumerable<LibraryPlace> For(CudaLibrary library)
    {
        IEnumerable<LibraryPlace> first =
        [
            .. Folders(Variable).Select(f => new LibraryPlace(Variable, f)),
            new LibraryPlace("the loader's path", null),
        ];
        return library == CudaLibrary.Driver
            ? first.Concat(DriverFolders())
            : first.Concat(ToolkitFolders()).Concat(PythonFolders());
    }

    private static IEnumerable<LibraryPlace> DriverFolders() =>
        OperatingSystem.IsWindows()
            ? []
            : OwnFoldersOfDriver.Where(Directory.Exists).Select(f => new LibraryPlace("the driver's folder", f));

    private IEnumerable<LibraryPlace> ToolkitFolders()
    {
        IEnumerable<(string Origin, string Root)> roots =
        [
            .. Folders("CUDA_HOME").Select(f => ("CUDA_HOME", f)),
            .. Folders("CUDA_PATH").Select(f => ("CUDA_PATH", f)),
            .. InstalledToolkits().Select(f => ("CUDA toolkit", f)),
        ];
        string[] parts = OperatingSystem.IsWindows()
            ? ["bin/x64", "bin"]
            : ["lib64", "lib", "targets/x86_64-linux/lib"];
        return
            from root in roots
            from part in parts
            let folder = Path.GetFullPath(Path.Combine(root.Root, part))
            where Directory.Exists(folder)
            select new LibraryPlace(root.Origin, folder);
    }

    private IEnumerable<string> InstalledToolkits()
    {
        if (OperatingSystem.IsWindows())
        {
            string programs = variable("ProgramFiles") ?? "C:/Program Files";
            return NewestFirst(Path.Combine(programs, "NVIDIA GPU Computing Toolkit", "CUDA"), "v*");
        }

        return ["/usr/local/cuda", .. NewestFirst("/usr/local", "cuda-*"), "/opt/cuda"];
    }

    private static IEnumerable<string> NewestFirst(string folder, string pattern) =>
        Directory.Exists(folder)
            ? Directory.EnumerateDirectories(folder, pattern).OrderByDescending(VersionIn)
            : [];

    private static Version VersionIn(string folder) =>
        Version.TryParse(Path.GetFileName(folder).TrimStart("cuda-v".ToCharArray()), out Version? version)
            ? version
            : new Version();

    private IEnumerable<LibraryPlace> PythonFolders() =>
        new PythonPackages(variable).LibraryFolders().Select(f => new LibraryPlace("Python's packages", f));

    private string[] Folders(string name) =>
        (variable(name) ?? string.Empty).Split(
            Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
