namespace DenseNetRaw.Serialization;

/// <summary>Why something cannot be written, in words of what the user named and not of temporary files.</summary>
public static class WriteFailure
{
    /// <summary>
    /// What was found, to stand after "found: ". Where a file that is being made "cannot be found", or access is
    /// denied, it is the folder that refuses: the nearest one that is there.
    /// </summary>
    /// <param name="path">The file or folder that was to be written.</param>
    /// <param name="error">What writing it threw.</param>
    public static string InWords(string path, Exception error)
    {
        if (error is not (FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException))
            return error.Message.Replace(WholeFile.TemporarySuffix, string.Empty, StringComparison.Ordinal);
        string? parent = Path.GetDirectoryName(Path.GetFullPath(path));
        string? nearest = parent;
        while (nearest is not null && !Directory.Exists(nearest))
            nearest = Path.GetDirectoryName(nearest);
        return error is DirectoryNotFoundException && nearest != parent
            ? $"no folder {parent}"
            : $"the folder {nearest} cannot be written to";
    }
}
