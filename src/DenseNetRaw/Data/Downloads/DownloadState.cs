namespace DenseNetRaw.Data.Downloads;

/// <summary>How far a download is.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Bytes">Bytes that are there, those of an earlier attempt included.</param>
/// <param name="TotalBytes">Bytes in all; null if the server does not say.</param>
public readonly record struct DownloadState(string File, long Bytes, long? TotalBytes);
