using DenseNetRaw.Serialization;

namespace DenseNetRaw.Data;

/// <summary>
/// Writes ten classes of 32×32 images in the binary layout of CIFAR-10: <c>data_batch_1.bin</c> …
/// <c>data_batch_5.bin</c>, <c>test_batch.bin</c> and the classes' names, so that other programs can read them.
/// </summary>
public static class CifarWriter
{
    /// <summary>Writes the files into a folder, which is made if it is not there.</summary>
    /// <exception cref="ArgumentException">They are other images, or one of the files is there already.</exception>
    public static void Write(string folder, ImageDataset training, ImageDataset test)
    {
        CifarFormat format = CifarFormat.Cifar10;
        foreach (ImageDataset images in new[] { training, test })
        {
            if ((images.Height, images.Width, images.Classes.Count) != (CifarFormat.Side, CifarFormat.Side, 10))
            {
                throw new ArgumentException(
                    $"CIFAR-10's layout has 10 classes of 32×32 images, and '{images.Name}' has {images.Classes.Count} "
                    + $"of {images.Height}×{images.Width}");
            }
        }

        string[] names = [.. format.TrainingFiles, format.TestFile, format.ClassesFile];
        if (names.FirstOrDefault(name => Path.Exists(Path.Combine(folder, name))) is { } there)
            throw new ArgumentException($"{Path.Combine(folder, there)}: expected no such file, found one");
        Directory.CreateDirectory(folder);
        int files = format.TrainingFiles.Count;
        for (int i = 0; i < files; i++)
        {
            int first = (int)((long)training.Count * i / files), end = (int)((long)training.Count * (i + 1) / files);
            WriteRecords(Path.Combine(folder, format.TrainingFiles[i]), training, first..end);
        }

        WriteRecords(Path.Combine(folder, format.TestFile), test, 0..test.Count);
        WholeFile.Write(
            Path.Combine(folder, format.ClassesFile),
            stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', training.Classes) + "\n")));
    }

    private static void WriteRecords(string path, ImageDataset images, Range range) => WholeFile.Write(path, stream =>
    {
        for (int index = range.Start.Value; index < range.End.Value; index++)
        {
            stream.WriteByte((byte)images.Label(index));
            stream.Write(images.Image(index));
        }
    });
}
