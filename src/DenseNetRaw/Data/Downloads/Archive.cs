using System.Formats.Tar;
using System.IO.Compression;

namespace DenseNetRaw.Data.Downloads;

/// <summary>
/// Unpacks an archive (.tar.gz) that nobody vouches for: only the files that it has to have, in the folder that they
/// have to be in, each once and of its size; no links, nothing else.
/// </summary>
internal sealed class Archive
{
    /// <summary>Headers, padding and the end of an archive, for each member and a few more.</summary>
    private const long OverheadBytes = 4096;

    private readonly string _path, _folder;
    private readonly IReadOnlyList<ArchiveMember> _members;

    /// <summary>Reads nothing yet.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="folder">The folder that its members lie in.</param>
    /// <param name="members">What it has to have.</param>
    public Archive(string path, string folder, IReadOnlyList<ArchiveMember> members)
    {
        _path = path;
        (_folder, _members) = (folder, members);
    }

    /// <summary>
    /// Unpacks the files into <paramref name="target"/>: first into a folder of their own in it, then, when all are
    /// there, by renaming.
    /// </summary>
    /// <returns>The names of the files.</returns>
    /// <exception cref="InvalidDataException">
    /// The archive has anything that it should not have, or lacks what it should; nothing was unpacked.
    /// </exception>
    public IReadOnlyList<string> Unpack(string target)
    {
        string temporary = Directory.CreateDirectory(
            Path.Combine(target, $".unpacking-{Path.GetRandomFileName()}")).FullName;
        try
        {
            IReadOnlyList<string> names = UnpackInto(temporary);
            foreach (string name in names)
                File.Move(Path.Combine(temporary, name), Path.Combine(target, name), overwrite: true);
            return names;
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    private List<string> UnpackInto(string temporary)
    {
        List<string> unpacked = [];
        try
        {
            long limit = _members.Sum(member => member.Bytes) + (OverheadBytes * (_members.Count + 8));
            using FileStream file = File.OpenRead(_path);
            using GZipStream inflated = new(file, CompressionMode.Decompress);
            using BoundedStream bounded = new(inflated, limit);
            using TarReader reader = new(bounded);
            while (reader.GetNextEntry() is { } entry)
            {
                if (!IsFolder(entry))
                    unpacked.Add(Unpack(entry, unpacked, temporary));
            }
        }
        catch (Exception e) when (IsOfTheArchive(e))
        {
            throw new InvalidDataException($"{_path}: {Sentence(e)}.", e);
        }

        ArchiveMember? missing = _members.FirstOrDefault(member => !member.IsText && !unpacked.Contains(member.Name));
        return missing is null
            ? unpacked
            : throw new InvalidDataException($"{_path}: expected {_folder}/{missing.Name}, found no such file.");
    }

    /// <summary>The folder of the members; any other is refused as a file would be.</summary>
    private bool IsFolder(TarEntry entry) =>
        entry.EntryType == TarEntryType.Directory && entry.Name.TrimEnd('/') == _folder;

    private string Unpack(TarEntry entry, List<string> unpacked, string temporary)
    {
        ArchiveMember? member = _members.FirstOrDefault(member => entry.Name == $"{_folder}/{member.Name}");
        bool isFile = entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile;
        if (member is null || !isFile)
        {
            throw new InvalidDataException(
                $"expected the files of {_folder} alone, found {entry.EntryType} '{Printable(entry.Name)}'");
        }

        if (unpacked.Contains(member.Name))
            throw new InvalidDataException($"expected {entry.Name} once, found it twice");
        if (member.IsText ? entry.Length > member.Bytes : entry.Length != member.Bytes)
            throw new InvalidDataException($"expected {entry.Name} of {member.Bytes} bytes, found {entry.Length}");
        using FileStream to = new(Path.Combine(temporary, member.Name), FileMode.CreateNew);
        entry.DataStream?.CopyTo(to);
        to.Flush(flushToDisk: true);
        return to.Length == entry.Length
            ? member.Name
            : throw new InvalidDataException($"expected {entry.Name} of {entry.Length} bytes, found {to.Length}");
    }

    /// <summary>What reading a broken archive throws; a full disk is none of these.</summary>
    private static bool IsOfTheArchive(Exception e) =>
        e is InvalidDataException or EndOfStreamException or FormatException or InvalidOperationException
            or ArgumentException or NotSupportedException;

    private static string Sentence(Exception e) =>
        e is InvalidDataException && e.Message.StartsWith("expected", StringComparison.Ordinal)
        ? e.Message
        : "expected a whole archive (.tar.gz), found one that is damaged";

    private static string Printable(string name) =>
        string.Concat(name.Take(100).Select(
            letter => char.IsAsciiLetterOrDigit(letter) || "./-_ ".Contains(letter) ? letter : '?'));
}
