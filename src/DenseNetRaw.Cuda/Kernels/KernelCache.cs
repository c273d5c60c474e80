using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace DenseNetRaw.Cuda.Kernels;

/// <summary>
/// Compiled kernels on disk, one file each: SHA-256 of the rest, length of the compiler's log, log, image. A file that
/// does not hold what it says is no file; a cache that cannot be written is no cache, and every run compiles.
/// </summary>
/// <param name="folder">Where the files lie; made when it is needed.</param>
internal sealed class KernelCache(string folder)
{
    /// <summary>The environment variable that names the folder.</summary>
    public const string Variable = "DENSENET_KERNEL_CACHE";

    private const int LogBegins = SHA256.HashSizeInBytes + sizeof(int);

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

    /// <summary>What was kept of a key; null where there is nothing or it was damaged.</summary>
    public KernelImage? Read(string key)
    {
        string file = FileOf(key);
        if (!File.Exists(file))
        {
            return null;
        }

        ReadOnlySpan<byte> content = File.ReadAllBytes(file);
        if (content.Length < LogBegins)
        {
            return null;
        }

        ReadOnlySpan<byte> rest = content[SHA256.HashSizeInBytes..];
        if (!content.StartsWith(SHA256.HashData(rest)))
        {
            return null;
        }

        int imageBegins = LogBegins + BinaryPrimitives.ReadInt32LittleEndian(rest);
        return new KernelImage(
            content[imageBegins..].ToArray(), KernelOrigin.Cache,
            Encoding.UTF8.GetString(content[LogBegins..imageBegins]));
    }

    /// <summary>Keeps an image: written beside, then renamed, so that no reader sees half of it.</summary>
    public void Write(string key, KernelImage image)
    {
        byte[] log = Encoding.UTF8.GetBytes(image.Log);
        byte[] length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, log.Length);
        byte[] rest = [.. length, .. log, .. image.Bytes];
        try
        {
            Directory.CreateDirectory(folder);
            string beside = FileOf(key) + "." + Guid.NewGuid().ToString("N");
            using (FileStream stream = File.Create(beside))
            {
                stream.Write(SHA256.HashData(rest));
                stream.Write(rest);
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
