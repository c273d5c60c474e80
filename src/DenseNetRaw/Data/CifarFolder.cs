namespace DenseNetRaw.Data;

/// <summary>
/// A folder with files of the binary version of CIFAR-10 or CIFAR-100, under their official names. A file may have any
/// number of records, and training files may be missing as long as there is one.
/// </summary>
internal sealed class CifarFolder
{
    private readonly string _folder;
    private readonly CifarFormat _format;

    private CifarFolder(string folder, CifarFormat format)
    {
        _folder = folder;
        _format = format;
    }

    /// <summary>Recognises the kind by the names of the files.</summary>
    /// <exception cref="InvalidDataException">The folder has files of neither kind, or of both.</exception>
    public static CifarFolder Open(string folder)
    {
        CifarFormat[] known = [CifarFormat.Cifar10, CifarFormat.Cifar100];
        CifarFormat[] found = [.. known.Where(format => Has(folder, format))];
        return found switch
        {
            [CifarFormat format] => new CifarFolder(folder, format),
            [] => throw new InvalidDataException(
                $"{folder}: expected data_batch_1.bin … data_batch_5.bin and test_batch.bin (CIFAR-10) or "
                + "train.bin and test.bin (CIFAR-100), train_32x32.mat and test_32x32.mat (SVHN), or folders train "
                + "and val with a folder of images for each class, found none of them."),
            _ => throw new InvalidDataException(
                $"{folder}: expected the files of CIFAR-10 or of CIFAR-100, found files of both."),
        };
    }

    /// <summary>The records of all training files that are there, in the order of their numbers.</summary>
    public ImageDataset ReadTraining()
    {
        string[] files = [.. _format.TrainingFiles.Where(Exists)];
        if (files.Length == 0)
        {
            throw new InvalidDataException(
                $"{_folder}: expected a training file of {_format.Name} ({string.Join(", ", _format.TrainingFiles)}), "
                + "found none.");
        }

        return Read($"{_format.Name} training images", files);
    }

    /// <summary>The records of the test file.</summary>
    public ImageDataset ReadTest()
    {
        if (!Exists(_format.TestFile))
            throw new InvalidDataException($"{_folder}: expected the test file {_format.TestFile}, found none.");

        return Read($"{_format.Name} test images", [_format.TestFile]);
    }

    /// <summary>What the files are of.</summary>
    public CifarFormat Format => _format;

    /// <summary>The names of the classes.</summary>
    /// <exception cref="InvalidDataException">The file of their names is wrong.</exception>
    public IReadOnlyList<string> Classes => ReadClasses();

    /// <summary>The records of one file.</summary>
    /// <exception cref="InvalidDataException">It is wrong.</exception>
    public ImageDataset ReadFile(string name) => Read($"{_format.Name} {name}", [name]);

    private static bool Has(string folder, CifarFormat format) =>
        format.TrainingFiles.Append(format.TestFile).Any(name => File.Exists(Path.Combine(folder, name)));

    private bool Exists(string name) => File.Exists(Path.Combine(_folder, name));

    private ImageDataset Read(string name, string[] files)
    {
        long[] records = Array.ConvertAll(files, CountRecords);
        int count = checked((int)records.Sum());
        byte[] pixels = new byte[checked(count * CifarFormat.PixelBytes)];
        int[] labels = new int[count];
        int first = 0;
        for (int i = 0; i < files.Length; i++)
        {
            ReadRecords(files[i], pixels, labels.AsSpan(first, (int)records[i]), first);
            first += (int)records[i];
        }

        IReadOnlyList<string> classes = ReadClasses();
        return new ImageDataset(
            name, pixels, labels, CifarFormat.Side, CifarFormat.Side, classes, _format.Normalization);
    }

    private long CountRecords(string file)
    {
        string path = Path.Combine(_folder, file);
        long bytes = new FileInfo(path).Length;
        long records = bytes / _format.RecordBytes;
        if (bytes == 0 || bytes % _format.RecordBytes != 0)
        {
            throw new InvalidDataException(
                $"{path}: expected a whole number of {_format.Name} records of {_format.RecordBytes} bytes, "
                + $"found {bytes} bytes ({records} records and {bytes % _format.RecordBytes} bytes).");
        }

        // .NET's arrays end at 2^31 elements, long after the 60,000 images of the whole of CIFAR.
        return records <= Array.MaxLength / CifarFormat.PixelBytes / _format.TrainingFiles.Count
            ? records
            : throw new InvalidDataException($"{path}: expected a file that fits in memory, found {records} records.");
    }

    private void ReadRecords(string file, byte[] pixels, Span<int> labels, int first)
    {
        string path = Path.Combine(_folder, file);
        using FileStream stream = File.OpenRead(path);
        byte[] recordLabels = new byte[_format.LabelCounts.Count];
        for (int record = 0; record < labels.Length; record++)
        {
            stream.ReadExactly(recordLabels);
            labels[record] = CheckedLabel(path, record, recordLabels);
            stream.ReadExactly(pixels.AsSpan((first + record) * CifarFormat.PixelBytes, CifarFormat.PixelBytes));
        }
    }

    private int CheckedLabel(string path, int record, byte[] labels)
    {
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] >= _format.LabelCounts[i])
            {
                throw new InvalidDataException(
                    $"{path}: expected {_format.Name} labels from 0 to {_format.LabelCounts[i] - 1}, "
                    + $"found {labels[i]} in record {record} (byte {((long)record * _format.RecordBytes) + i}).");
            }
        }

        return labels[^1];
    }

    private IReadOnlyList<string> ReadClasses()
    {
        if (!Exists(_format.ClassesFile))
            return _format.Classes;

        string path = Path.Combine(_folder, _format.ClassesFile);
        string[] names = [.. File.ReadLines(path).Select(line => line.Trim()).Where(line => line.Length > 0)];
        return names.Length == _format.Classes.Count
            ? names
            : throw new InvalidDataException(
                $"{path}: expected {_format.Classes.Count} class names, one a line, found {names.Length}.");
    }
}
