namespace DenseNetRaw.Cuda.Libraries;

/// <summary>
/// The folders with CUDA libraries among the packages of the Pythons on the PATH (NVIDIA's wheels, PyTorch's own
/// copies), and conda's own. Found from the layout of installations and virtual environments; no Python is run.
/// </summary>
/// <param name="variable">Reads an environment variable; null where it is not set.</param>
internal sealed class PythonPackages(Func<string, string?> variable)
{
    private static readonly string[] Interpreters =
        OperatingSystem.IsWindows() ? ["python.exe", "python3.exe"] : ["python3", "python"];

    private static readonly string[] Environments = ["VIRTUAL_ENV", "CONDA_PREFIX"];

    private static readonly string[] LibraryParts = ["lib", "lib64"];

    private static readonly string[] PackageParts = ["site-packages", "dist-packages"];

    /// <summary>Folders that exist, the active environment's first.</summary>
    public IEnumerable<string> LibraryFolders() =>
        Prefixes().Distinct().SelectMany(FoldersOf).Distinct();

    private static IEnumerable<string> FoldersOf(string prefix) =>
        CondaLibraries(prefix).Where(Directory.Exists).Concat(PackageFolders(prefix).SelectMany(LibrariesIn));

    /// <summary>Where conda puts the libraries of packages that are not Python's.</summary>
    private static IEnumerable<string> CondaLibraries(string prefix) =>
        Directory.Exists(Path.Combine(prefix, "conda-meta"))
            ? [Path.Combine(prefix, OperatingSystem.IsWindows() ? "Library/bin" : "lib")]
            : [];

    /// <summary>The roots of installations: the active environment, those of the PATH, the user's own.</summary>
    private IEnumerable<string> Prefixes()
    {
        foreach (string name in Environments)
        {
            if (variable(name) is { Length: > 0 } prefix)
            {
                yield return prefix;
            }
        }

        foreach (string interpreter in OnPath())
        {
            yield return PrefixOf(interpreter);
            if (File.ResolveLinkTarget(interpreter, returnFinalTarget: true) is { } target)
            {
                yield return PrefixOf(target.FullName);
            }
        }

        if (!OperatingSystem.IsWindows())
        {
            // Where Debian's Python installs packages, and where any does for one user.
            yield return "/usr/local";
            yield return Path.Combine(variable("HOME") ?? "/", ".local");
        }
    }

    private IEnumerable<string> OnPath() =>
        from folder in (variable("PATH") ?? string.Empty).Split(
            Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        from name in Interpreters
        let file = Path.Combine(folder, name)
        where File.Exists(file)
        select file;

    // python.exe lies in its prefix, or in Scripts in a virtual environment; python3 lies in bin.
    private static string PrefixOf(string interpreter)
    {
        string folder = Path.GetDirectoryName(interpreter)!;
        return Path.GetFileName(folder) is "bin" or "Scripts" ? Path.GetDirectoryName(folder)! : folder;
    }

    private static IEnumerable<string> PackageFolders(string prefix)
    {
        if (OperatingSystem.IsWindows())
        {
            return [Path.Combine(prefix, "Lib", "site-packages")];
        }

        IEnumerable<string> versions =
            from lib in LibraryParts
            from version in Matching(Path.Combine(prefix, lib), "python3*")
            select version;
        return
            from version in versions
            from packages in PackageParts
            select Path.Combine(version, packages);
    }

    private static IEnumerable<string> LibrariesIn(string packages)
    {
        string[] parts = OperatingSystem.IsWindows() ? ["bin", "bin/x86_64"] : ["lib"];
        IEnumerable<string> folders =
        [
            .. Matching(Path.Combine(packages, "nvidia"), "*").SelectMany(p => parts.Select(s => Path.Combine(p, s))),
            Path.Combine(packages, "torch", "lib"),
        ];
        return folders.Where(Directory.Exists);
    }

    private static IEnumerable<string> Matching(string folder, string pattern) =>
        Directory.Exists(folder)
            ? Directory.EnumerateDirectories(folder, pattern).OrderDescending(StringComparer.Ordinal)
            : [];
}
