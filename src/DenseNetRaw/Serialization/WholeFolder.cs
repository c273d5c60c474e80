using System.Runtime.InteropServices;

namespace DenseNetRaw.Serialization;

/// <summary>
/// Writes a folder whole or not at all, so that it outlives a killed process and a loss of power: into a temporary
/// folder beside it, which is flushed to the disk, renamed, and the name flushed, too.
/// </summary>
public static partial class WholeFolder
{
    /// <summary>What the name of a folder ends with that is not whole and may be deleted.</summary>
    public const string TemporarySuffix = ".partial";

    private const int InvalidArgument = 22;
    private const int Interrupted = 4;

    /// <summary>Writes <paramref name="path"/>; a failure leaves nothing.</summary>
    /// <param name="path">The folder, which does not exist yet; its parent must.</param>
    /// <param name="write">Writes files into the folder that it is given, each flushed to the disk.</param>
    public static void Write(string path, Action<string> write)
    {
        string temporary = path + TemporarySuffix;
        DeleteIfThere(temporary);
        try
        {
            Directory.CreateDirectory(temporary);
            write(temporary);
            Flush(temporary);
            Directory.Move(temporary, path);
            Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch
        {
            DeleteIfThere(temporary);
            throw;
        }
    }

    /// <summary>Makes a folder and those it lies in, where there are none; the disk has each new name.</summary>
    public static void Create(string path)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full) || Path.GetDirectoryName(full) is not { } parent)
            return;
        Create(parent);
        Directory.CreateDirectory(full);
        Flush(parent);
    }

    /// <summary>Deletes a folder: first its name goes, so nothing of that name is ever in part.</summary>
    public static void Delete(string path)
    {
        string temporary = path + TemporarySuffix;
        DeleteIfThere(temporary);
        Directory.Move(path, temporary);
        Directory.Delete(temporary, recursive: true);
    }

    /// <summary>
    /// Has the disk keep which names a folder has, by fsync, which .NET does not offer for folders. Windows has no such
    /// call, and some network file systems have none for folders.
    /// </summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;

        int descriptor = Open(folder, flags: 0);
        if (descriptor < 0)
            throw Failure(folder);
        try
        {
            while (Synchronize(descriptor) < 0)
            {
                int error = Marshal.GetLastPInvokeError();
                if (error == InvalidArgument)
                    return;
                if (error != Interrupted)
                    throw Failure(folder);
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static void DeleteIfThere(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private static IOException Failure(string folder) => new(
        $"{folder}: expected a folder that can be flushed to the disk, found: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Synchronize(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
