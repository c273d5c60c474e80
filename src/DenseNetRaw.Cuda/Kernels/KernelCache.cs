using System.Security.Cryptography;

namespace DenseNetRaw.Cuda.Kernels;

/// <summary>
/// Compiled kernels on disk, one file each: the SHA-256 of the image, then the image. A file that does not hold what
/// it says is no file; a cache that cannot be written is no cache, and every run compiles.
/// </summary>
/// <param name="folder">Where the files lie; made when it is needed.</param>
internal sealed class KernelCache(string folder)
{
    /// <summary>The environment variable that names the folder.</summary>
    public const string Variable = "DENSENET_KERNEL_CACHE";

    /// <summary>The folder.</summary>
    public string Folder => folder;

    /// <summary>
    /// The cache that the environment names, else the one that the operating system has for such files:
    /// XDG_CACHE_HOME or ~/.cache, ~/Library/Caches, or %LOCALAPPDATA%.
    /// </summary>
    /// <param name="variable">Reads an environment variable; null where it is not set.</param>
    public static KernelCache Default(Func<string, string?> variable) =>
        new(variable(Variable) is { Length: > 0 } named
            ? named
            : Path.Combine(SystemFolder(variable), "densenet", "kernels"));

    /// <summary>The image of a key; null where there is none or it was damaged.</summary>
    public byte[]? Read(string key)
    {
        string file = FileOf(key);
        if (!File.Exists(file))
        {
            return null;
        }

        byte[] content = File.ReadAllBytes(file);
        if (content.Length <= SHA256.HashSizeInBytes)
        {
            return null;
        }

        byte[] image = content[SHA256.HashSizeInBytes..];
        return SHA256.HashData(image).AsSpan().SequenceEqual(content.AsSpan(0, SHA256.HashSizeInBytes)) ? image : null;
    }

    /// <summary>Keeps an image: written beside, then renamed, so that no reader sees half of it.</summary>
    public void Write(string key, byte[] image)
    {
        try
        {
            Directory.CreateDirectory(folder);
            string beside = FileOf(key) + "." + Guid.NewGuid().ToString("N");
            using (FileStream stream = File.Create(beside))
            {
                stream.Write(SHA256.HashData(image));
                stream.Write(image);
                stream.Flush(flushToDisk: true);
            }

            File.Move(beside, FileOf(key), overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A home folder that is full or read-only costs the next run half a second a kernel, nothing else.
        }
    }

    private static string SystemFolder(Func<string, string?> variable)
    {
        if (OperatingSystem.IsWindows())
        {
            return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        }

        string home = variable("HOME") is { Length: > 0 } known ? known : Path.GetTempPath();
        return OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches")
            : variable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? xdg
            : Path.Combine(home, ".cache");
    }

    private string FileOf(string key) => Path.Combine(folder, key + ".kernel");
}
