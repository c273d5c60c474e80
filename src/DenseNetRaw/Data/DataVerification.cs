using System.Collections.Concurrent;
using DenseNetRaw.Data.Downloads;

namespace DenseNetRaw.Data;

/// <summary>
/// Looks at every image of a folder: says what there is, and names each file that cannot be used.
/// </summary>
public sealed class DataVerification
{
    private const int NamedClasses = 8;

    private readonly string _folder;
    private readonly List<DataFile> _files = [];
    private readonly List<string> _missing = [], _problems = [], _warnings = [];
    private IReadOnlyList<string> _classes = [];
    private int[] _training = [], _test = [];

    private DataVerification(string folder) => _folder = folder;

    /// <summary>Reads all of it.</summary>
    /// <exception cref="InvalidDataException">There is no such folder, or nothing in it is recognised.</exception>
    public static DataReport Of(string folder)
    {
        if (!Directory.Exists(folder))
            throw new InvalidDataException($"{folder}: expected a folder of images, found no such folder.");
        DataVerification verification = new(folder);
        string name = ImageFolder.IsOne(folder) ? verification.ReadImageFolder()
            : SvhnFolder.IsOne(folder) ? verification.ReadSvhn()
            : verification.ReadCifar();
        return verification.Report(name);
    }

    private DataReport Report(string name) => new(
        name, _folder, _files,
        [.. _classes.Select((label, i) => new ClassCount(label, _training[i], _test[i]))], _missing, _problems,
        _warnings);

    private string ReadCifar()
    {
        CifarFolder folder = CifarFolder.Open(_folder);
        CifarFormat format = folder.Format;
        SetClasses(folder.Classes);
        OfficialData official = format == CifarFormat.Cifar10 ? OfficialData.Cifar10 : OfficialData.Cifar100;
        ReadFiles(format.TrainingFiles, format.TestFile, folder.ReadFile);
        foreach (OfficialFile archive in official.Files.Where(file => File.Exists(PathOf(file.Name))))
            AddFile(archive.Name, images: null);
        return format.Name;
    }

    private string ReadSvhn()
    {
        SvhnFolder folder = new(_folder);
        SetClasses(SvhnFolder.Classes);
        ReadFiles(SvhnFolder.TrainingFiles, SvhnFolder.TestFile, folder.ReadFile);
        _missing.Remove(OfficialData.SvhnExtra.Name);
        return "SVHN";
    }

    private void ReadFiles(IReadOnlyList<string> training, string test, Func<string, ImageDataset> read)
    {
        foreach (string name in training.Append(test))
        {
            if (!File.Exists(PathOf(name)))
            {
                _missing.Add(name);
                continue;
            }

            ImageDataset? images = Try(() => read(name));
            AddFile(name, images?.Count);
            if (images is not null)
                Count(images, name == test ? _test : _training);
        }
    }

    private void AddFile(string name, int? images)
    {
        (string md5, string sha256) = Checksums.Of(PathOf(name));
        ChecksumState state = ChecksumState.Unknown;
        if (OfficialData.FileNamed(name) is { } official)
        {
            state = md5 == official.Md5 ? ChecksumState.Official : ChecksumState.Wrong;
            if (state == ChecksumState.Wrong)
                _problems.Add($"{PathOf(name)}: expected the official MD5 {official.Md5}, found {md5}.");
        }
        else if (Checksums.Recorded(_folder).TryGetValue(name, out string? recorded))
        {
            state = sha256 == recorded ? ChecksumState.Recorded : ChecksumState.Wrong;
            if (state == ChecksumState.Wrong)
                _problems.Add($"{PathOf(name)}: expected the recorded SHA-256 {recorded}, found {sha256}.");
        }

        _files.Add(new DataFile(name, new FileInfo(PathOf(name)).Length, images, state));
    }

    private string ReadImageFolder()
    {
        ImageFolder folder = new(_folder, height: 1, width: 1);
        Dictionary<string, ImageDataset> parts = [];
        foreach (string part in folder.Parts)
        {
            if (Try<ImageDataset>(() => folder.ReadPart(part, _problems.Add)) is { } read)
                parts.Add(part, read);
        }

        SetClasses([.. parts.Values.SelectMany(part => part.Classes).Distinct().Order(StringComparer.Ordinal)]);
        CompareClasses(parts);
        foreach ((string part, ImageDataset images) in parts)
        {
            Count(images, part == ImageFolder.Training ? _training : _test);
            ReadImages(images.Files!);
            long bytes = Enumerable.Range(0, images.Count).Sum(index => new FileInfo(images.Files!.Path(index)).Length);
            _files.Add(new DataFile(part, bytes, images.Count, ChecksumState.Unknown));
            int others = folder.CountOthers(part);
            if (others > 0)
            {
                string files = others == 1
                    ? "1 file is not looked at, as it is not named as an image."
                    : $"{others} files are not looked at, as they are not named as images.";
                _warnings.Add($"{PathOf(part)}: {files}");
            }
        }

        if (!folder.Parts.Contains(ImageFolder.Training))
            _missing.Add(ImageFolder.Training);
        if (folder.Parts.All(part => part == ImageFolder.Training))
            _missing.Add("val");
        return "image folder";
    }

    /// <summary>A class of a test part that is not trained is wrong; a class that is not tested is none.</summary>
    private void CompareClasses(Dictionary<string, ImageDataset> parts)
    {
        if (!parts.TryGetValue(ImageFolder.Training, out ImageDataset? training))
            return;
        foreach ((string part, ImageDataset images) in parts)
        {
            string[] foreign = [.. images.Classes.Except(training.Classes)];
            string[] untested = [.. training.Classes.Except(images.Classes)];
            if (foreign.Length == 0)
                continue;
            string missing = untested.Length == 0
                ? string.Empty
                : $"{ImageFolder.Training} has {Quoted(untested)} and {part} has not; ";
            _problems.Add(
                $"{PathOf(part)}: expected classes of '{ImageFolder.Training}', found others: {missing}{part} has "
                + $"{Quoted(foreign)} and {ImageFolder.Training} has not.");
        }
    }

    private static string Quoted(string[] names) => $"'{string.Join(", ", names.Take(NamedClasses))}'"
        + (names.Length > NamedClasses ? $" and {names.Length - NamedClasses} more" : string.Empty);

    /// <summary>Decodes every image, on all cores.</summary>
    private void ReadImages(ImageFiles files)
    {
        ConcurrentDictionary<int, string> problems = [], warnings = [];
        ImageFiles.InParallel(files.Count, index =>
        {
            Span<byte> y = stackalloc byte[ImageDataset.Channels];
            try
            {
                if (files.Read(index, y) is { } warning)
                    warnings[index] = $"{files.Path(index)}: decoded, though its decoder says: {warning}.";
            }
            catch (InvalidDataException e)
            {
                problems[index] = e.Message;
            }
        });
        _problems.AddRange(problems.OrderBy(entry => entry.Key).Select(entry => entry.Value));
        _warnings.AddRange(warnings.OrderBy(entry => entry.Key).Select(entry => entry.Value));
    }

    private T? Try<T>(Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (InvalidDataException e)
        {
            _problems.Add(e.Message);
            return null;
        }
    }

    private void SetClasses(IReadOnlyList<string> classes)
    {
        _classes = classes;
        (_training, _test) = (new int[classes.Count], new int[classes.Count]);
    }

    private void Count(ImageDataset images, int[] counts)
    {
        string[] all = [.. _classes];
        int[] places = [.. images.Classes.Select(name => Array.IndexOf(all, name))];
        for (int index = 0; index < images.Count; index++)
            counts[places[images.Label(index)]]++;
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
