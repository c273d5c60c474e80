using System.Security.Cryptography;

namespace DenseNetRaw.Training;

/// <summary>What a checkpoint's manifest says of one of its files.</summary>
/// <param name="Name">Its name in the folder.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">SHA-256 of its bytes, in hexadecimal.</param>
public sealed record CheckpointFile(string Name, long Bytes, string Sha256)
{
    /// <summary>What is to be said of a file as it is.</summary>
    public static CheckpointFile Of(string folder, string name)
    {
        using FileStream stream = File.OpenRead(Path.Combine(folder, name));
        return new CheckpointFile(name, stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }

    /// <summary>Fails unless the file is what the manifest says.</summary>
    /// <exception cref="InvalidDataException">It is missing or damaged; names it and both sizes or hashes.</exception>
    public void RequireIn(string folder)
    {
        string path = Path.Combine(folder, Name);
        if (!File.Exists(path))
            throw new InvalidDataException($"{path}: expected a file of {Bytes} bytes, found none of that name");
        long bytes = ((FileInfo?)File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path)).Length;
        if (bytes != Bytes)
            throw new InvalidDataException($"{path}: expected {Bytes} bytes, found {bytes}; the file is damaged");

        // Only now: what is no plain file, as a device or a pipe, may never end.
        CheckpointFile found = Of(folder, Name);
        if (found.Sha256 != Sha256)
        {
            throw new InvalidDataException(
                $"{path}: expected SHA-256 {Sha256}, found {found.Sha256}; the file is damaged");
        }
    }
}
