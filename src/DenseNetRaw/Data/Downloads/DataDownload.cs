namespace DenseNetRaw.Data.Downloads;

/// <summary>
/// Downloads a data set into a folder: its files with their checksums, and what is in their archive. SHA-256 checksums
/// of all of it are recorded beside.
/// </summary>
public sealed class DataDownload
{
    /// <summary>How long a server may say nothing: a minute.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    private readonly OfficialData _data;
    private readonly string _folder;

    /// <summary>Downloads nothing yet.</summary>
    /// <param name="data">What is downloaded.</param>
    /// <param name="folder">Where to; it is made if it is not there.</param>
    public DataDownload(OfficialData data, string folder)
    {
        _data = data;
        _folder = folder;
    }

    /// <summary>The files that are wanted in the end.</summary>
    private IEnumerable<string> Wanted => _data.ArchiveFolder is null
        ? _data.Files.Select(file => file.Name)
        : _data.Members.Where(member => !member.IsText).Select(member => member.Name);

    /// <summary>Whether everything is there, as it was recorded.</summary>
    /// <exception cref="InvalidDataException">Something else lies where it would go.</exception>
    public bool IsDone()
    {
        string[] there = [.. Wanted.Where(name => File.Exists(PathOf(name)))];
        if (there.Length == 0)
            return false;
        Dictionary<string, string> recorded = Checksums.Recorded(_folder);
        foreach (string name in there)
        {
            if (!recorded.TryGetValue(name, out string? sha256) || Checksums.Of(PathOf(name)).Sha256 != sha256)
            {
                throw new InvalidDataException(
                    $"{PathOf(name)}: expected no such file, or the one that was downloaded, found another; delete "
                    + "it or choose another folder");
            }
        }

        return there.Length == Wanted.Count();
    }

    /// <summary>Downloads what is missing.</summary>
    /// <param name="address">A mirror; null for the official place.</param>
    /// <param name="advanced">Told how far it is, often.</param>
    /// <param name="silence">How long the server may say nothing.</param>
    /// <param name="cancellation">Ends it; what came is kept for a later attempt.</param>
    /// <exception cref="InvalidDataException">
    /// Something cannot be had or is not what it should be; the sentence names it. Nothing half-written stays.
    /// </exception>
    public async Task RunAsync(
        Uri? address, Action<DownloadState> advanced, TimeSpan silence, CancellationToken cancellation)
    {
        if (IsDone())
            return;
        Directory.CreateDirectory(_folder);
        using FileDownload download = new(address ?? _data.Address, silence);
        List<string> names = [];
        foreach (OfficialFile file in _data.Files)
        {
            if (!File.Exists(PathOf(file.Name)) || Checksums.Of(PathOf(file.Name)).Md5 != file.Md5)
                await download.GetAsync(file, PathOf(file.Name), advanced, cancellation);
            names.Add(file.Name);
            if (_data.ArchiveFolder is { } inArchive)
                names.AddRange(new Archive(PathOf(file.Name), inArchive, _data.Members).Unpack(_folder));
        }

        Checksums.Record(_folder, names);
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
