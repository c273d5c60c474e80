namespace DenseNetRaw.Data;

/// <summary>A file of a data set.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Images">Its images; null if it has none of its own or they cannot be read.</param>
/// <param name="Checksum">What its checksum was compared with.</param>
public sealed record DataFile(string Name, long Bytes, int? Images, ChecksumState Checksum);
