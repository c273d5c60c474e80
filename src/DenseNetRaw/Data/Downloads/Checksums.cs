using System.Security.Cryptography;

namespace DenseNetRaw.Data.Downloads;

/// <summary>
/// Checksums of files, and the file <c>checksums.sha256</c> beside them, in the format of <c>sha256sum</c>, which
/// records what they were when they were first used.
/// </summary>
public static class Checksums
{
    /// <summary>The file's name.</summary>
    public const string FileName = "checksums.sha256";

    private const int HexDigits = 64;

    /// <summary>MD5 and SHA-256 of a file, hexadecimal in small letters, read once.</summary>
    public static (string Md5, string Sha256) Of(string path)
    {
        using IncrementalHash md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        using IncrementalHash sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using FileStream stream = File.OpenRead(path);
        byte[] buffer = new byte[1 << 20];
        for (int read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
        {
            md5.AppendData(buffer, 0, read);
            sha256.AppendData(buffer, 0, read);
        }

        return (Convert.ToHexStringLower(md5.GetCurrentHash()), Convert.ToHexStringLower(sha256.GetCurrentHash()));
    }

    /// <summary>What is recorded in a folder: SHA-256 by file name; nothing if there is no record.</summary>
    /// <exception cref="InvalidDataException">The record is not in the format of <c>sha256sum</c>.</exception>
    public static Dictionary<string, string> Recorded(string folder)
    {
        string path = Path.Combine(folder, FileName);
        Dictionary<string, string> recorded = [];
        if (!File.Exists(path))
            return recorded;
        foreach (string line in File.ReadLines(path).Where(line => line.Length > 0))
        {
            bool isRight = line.Length > HexDigits + 2 && line[..HexDigits].All(char.IsAsciiHexDigitLower)
                && line[HexDigits] == ' ';
            if (!isRight)
            {
                throw new InvalidDataException(
                    $"{path}: expected lines of a SHA-256 and a file's name, found '{line}'.");
            }

            recorded[line[(HexDigits + 2)..]] = line[..HexDigits];
        }

        return recorded;
    }

    /// <summary>Records files of a folder, beside what is recorded of others.</summary>
    public static void Record(string folder, IEnumerable<string> names)
    {
        Dictionary<string, string> recorded = Recorded(folder);
        foreach (string name in names)
            recorded[name] = Of(Path.Combine(folder, name)).Sha256;
        Serialization.WholeFile.Write(Path.Combine(folder, FileName), stream =>
        {
            using StreamWriter writer = new(stream, leaveOpen: true) { NewLine = "\n" };
            foreach ((string name, string sha256) in recorded.OrderBy(entry => entry.Key, StringComparer.Ordinal))
                writer.WriteLine($"{sha256}  {name}");
        });
    }
}
