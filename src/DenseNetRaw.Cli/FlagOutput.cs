using DenseNetRaw.Serialization;

namespace DenseNetRaw.Cli;

/// <summary>Writes where a flag says; a failure names the flag and the path, and is no fault of any data.</summary>
internal static class FlagOutput
{
    /// <summary>Makes a folder if it is not there.</summary>
    /// <param name="flag">The flag that names it.</param>
    /// <param name="folder">Its path.</param>
    /// <exception cref="ArgumentException">The folder has no name.</exception>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void MakeFolder(string flag, string folder)
    {
        if (string.IsNullOrWhiteSpace(folder))
            throw new ArgumentException($"{flag}: expected a folder's name, found none");
        ToFolder(flag, folder, () => Directory.CreateDirectory(folder));
    }

    /// <summary>Writes files into a folder.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public static void ToFolder(string flag, string folder, Action write) =>
        To(folder, "a folder", flag, write);

    /// <summary>Writes a file.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void ToFile(string flag, string file, Action write) => To(file, "a file", flag, write);

    /// <summary>Looks, before there is anything to write, whether a file can lie there.</summary>
    /// <exception cref="ArgumentException">It has no name, is a folder, or its folder is not there.</exception>
    public static void RequirePlace(string flag, string file)
    {
        if (string.IsNullOrWhiteSpace(file))
            throw new ArgumentException($"{flag}: expected a file's name, found none");
        if (Directory.Exists(file))
            throw new ArgumentException($"{flag} must be a file, found the folder '{file}'");
        if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file))))
            throw new ArgumentException($"{flag} must lie in a folder that exists, found '{file}'");
    }

    private static void To(string path, string kind, string flag, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string found = WriteFailure.InWords(path, e);
            throw new IOException($"{path}: expected {kind} that {flag} can write to, found: {found}", e);
        }
    }
}
