namespace DenseNetRaw.Data;

/// <summary>What came out when a file's checksum was compared.</summary>
public enum ChecksumState
{
    /// <summary>There is nothing to compare it with.</summary>
    Unknown,

    /// <summary>It is the official one (MD5).</summary>
    Official,

    /// <summary>It is the one recorded when the file was downloaded (SHA-256).</summary>
    Recorded,

    /// <summary>It is another.</summary>
    Wrong,
}
