namespace DenseNetRaw.Serialization;

/// <summary>
/// Writes a file whole or not at all: into a temporary file beside it, flushed to the disk, then renamed over it, and
/// the name flushed, too.
/// </summary>
public static class WholeFile
{
    /// <summary>What the name of a file ends with that is not whole.</summary>
    internal const string TemporarySuffix = ".partial";

    /// <summary>
    /// Writes <paramref name="path"/> with <paramref name="write"/>; a failure leaves the old file as it was.
    /// </summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="write">Writes the content to the stream that it is given.</param>
    public static void Write(string path, Action<Stream> write)
    {
        string temporary = path + TemporarySuffix;
        try
        {
            using (FileStream stream = new(temporary, FileMode.Create, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            WholeFolder.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
