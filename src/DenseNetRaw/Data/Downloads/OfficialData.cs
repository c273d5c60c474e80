namespace DenseNetRaw.Data.Downloads;

/// <summary>A data set as its makers publish it: where, which files, and what is in an archive.</summary>
public sealed record OfficialData
{
    private const int TextBytes = 4096;

    /// <summary>
    /// CIFAR-10, https://www.cs.toronto.edu/~kriz/cifar.html: five files of 10,000 training images and one of 10,000
    /// test images.
    /// </summary>
    public static OfficialData Cifar10 { get; } = new()
    {
        Name = "cifar10",
        Address = new Uri("https://www.cs.toronto.edu/~kriz/"),
        Files = [new("cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530", 170_052_171)],
        ArchiveFolder = "cifar-10-batches-bin",
        Members =
        [
            .. CifarFormat.Cifar10.TrainingFiles.Append(CifarFormat.Cifar10.TestFile).Select(
                name => new ArchiveMember(name, 10_000L * CifarFormat.Cifar10.RecordBytes)),
            new(CifarFormat.Cifar10.ClassesFile, TextBytes, IsText: true),
            new("readme.html", TextBytes, IsText: true),
        ],
    };

    /// <summary>CIFAR-100, from the same place: 50,000 training images and 10,000 test images.</summary>
    public static OfficialData Cifar100 { get; } = new()
    {
        Name = "cifar100",
        Address = Cifar10.Address,
        Files = [new("cifar-100-binary.tar.gz", "03b5dce01913d631647c71ecec9e9cb8", 168_513_733)],
        ArchiveFolder = "cifar-100-binary",
        Members =
        [
            new(CifarFormat.Cifar100.TrainingFiles[0], 50_000L * CifarFormat.Cifar100.RecordBytes),
            new(CifarFormat.Cifar100.TestFile, 10_000L * CifarFormat.Cifar100.RecordBytes),
            new(CifarFormat.Cifar100.ClassesFile, TextBytes, IsText: true),
            new("coarse_label_names.txt", TextBytes, IsText: true),
        ],
    };

    /// <summary>Street View House Numbers, cropped digits; checksums as in torchvision's <c>svhn.py</c>.</summary>
    public static OfficialData Svhn { get; } = new()
    {
        Name = "svhn",
        Address = new Uri("http://ufldl.stanford.edu/housenumbers/"),
        Files =
        [
            new("train_32x32.mat", "e26dedcc434d2e4c54c9b2d4a06d8373", null),
            new("test_32x32.mat", "eb5a983be6a315427106f1b164d9cef3", null),
        ],
    };

    /// <summary>The 531,131 further training images of SVHN, which are downloaded only when asked for.</summary>
    public static OfficialFile SvhnExtra { get; } = new("extra_32x32.mat", "a93ce644f1a588dc4d68dda5feec44a7", null);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<OfficialData> All { get; } = [Cifar10, Cifar100, Svhn];

    /// <summary>What the command line calls it.</summary>
    public required string Name { get; init; }

    /// <summary>The address that the files' names are added to.</summary>
    public required Uri Address { get; init; }

    /// <summary>The files to download.</summary>
    public required IReadOnlyList<OfficialFile> Files { get; init; }

    /// <summary>The folder that an archive's members lie in; null if the files are no archives.</summary>
    public string? ArchiveFolder { get; init; }

    /// <summary>What the archive has, and nothing else may be in it.</summary>
    public IReadOnlyList<ArchiveMember> Members { get; init; } = [];

    /// <summary>The official file of that name, or null.</summary>
    public static OfficialFile? FileNamed(string name) =>
        All.SelectMany(data => data.Files).Append(SvhnExtra).FirstOrDefault(file => file.Name == name);
}
