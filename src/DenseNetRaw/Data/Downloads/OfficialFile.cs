namespace DenseNetRaw.Data.Downloads;

/// <summary>A file as its makers publish it.</summary>
/// <param name="Name">Its name, at the end of its address.</param>
/// <param name="Md5">Its MD5 checksum, hexadecimal in small letters; it shows damage, not forgery.</param>
/// <param name="Bytes">Its size; null if it is not known.</param>
public sealed record OfficialFile(string Name, string Md5, long? Bytes);
