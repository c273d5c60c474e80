namespace DenseNetRaw.Data;

/// <summary>
/// The binary layout of CIFAR-10 and CIFAR-100: records of one or two label bytes and 3,072 pixels [3, 32, 32].
/// A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009;
/// https://www.cs.toronto.edu/~kriz/cifar.html.
/// </summary>
internal sealed record CifarFormat
{
    /// <summary>Rows and columns of an image.</summary>
    public const int Side = 32;

    /// <summary>Bytes of an image.</summary>
    public const int PixelBytes = ImageDataset.Channels * Side * Side;

    /// <summary>One label byte. Mean and deviation are efficient_densenet_pytorch's, to four digits.</summary>
    public static CifarFormat Cifar10 { get; } = new()
    {
        Name = "CIFAR-10",
        TrainingFiles = [.. Enumerable.Range(1, 5).Select(number => $"data_batch_{number}.bin")],
        TestFile = "test_batch.bin",
        ClassesFile = "batches.meta.txt",
        Classes = CifarClasses.Of10,
        LabelCounts = [10],
        Normalization = new([0.4914f, 0.4822f, 0.4465f], [0.2470f, 0.2435f, 0.2616f]),
    };

    /// <summary>A coarse and a fine label byte; the fine one counts. Mean and deviation as in MSDNet's code.</summary>
    public static CifarFormat Cifar100 { get; } = new()
    {
        Name = "CIFAR-100",
        TrainingFiles = ["train.bin"],
        TestFile = "test.bin",
        ClassesFile = "fine_label_names.txt",
        Classes = CifarClasses.Of100,
        LabelCounts = [20, 100],
        Normalization = new([0.5071f, 0.4867f, 0.4408f], [0.2675f, 0.2565f, 0.2761f]),
    };

    public required string Name { get; init; }

    public required IReadOnlyList<string> TrainingFiles { get; init; }

    public required string TestFile { get; init; }

    /// <summary>A file with a class name a line, which a folder may have.</summary>
    public required string ClassesFile { get; init; }

    /// <summary>The names where the folder has no such file.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>For each label byte of a record the number of its values; the last one is the class.</summary>
    public required IReadOnlyList<int> LabelCounts { get; init; }

    public required Normalization Normalization { get; init; }

    public int RecordBytes => LabelCounts.Count + PixelBytes;
}
