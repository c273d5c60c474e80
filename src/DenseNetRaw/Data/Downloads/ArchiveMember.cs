namespace DenseNetRaw.Data.Downloads;

/// <summary>A file that an archive has to have.</summary>
/// <param name="Name">Its name in the archive's folder.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="IsText">Whether it is a text that may be shorter, and is not missed.</param>
public sealed record ArchiveMember(string Name, long Bytes, bool IsText = false);
