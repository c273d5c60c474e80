namespace DenseNetRaw.Data;

/// <summary>What <c>--data</c> names: a source of training and test images, each read when asked for.</summary>
public sealed class DataSource
{
    /// <summary>The name of the embedded data set.</summary>
    public const string Synthetic = "synthetic";

    /// <summary>Rows and columns of the input of ImageNet's models, which image files get by default.</summary>
    public const int DefaultImageSide = 224;

    private readonly Func<ImageDataset> _training;
    private readonly Func<ImageDataset> _test;

    private DataSource(Func<ImageDataset> training, Func<ImageDataset> test)
    {
        _training = training;
        _test = test;
    }

    /// <summary>Whether the images are files of their own, of which some may be impossible to decode.</summary>
    public bool HasImageFiles { get; private init; }

    /// <summary>
    /// The embedded data set by its name, or else a folder: with files of CIFAR-10, CIFAR-100 or SVHN, or with image
    /// files in a folder for each class under <c>train</c> and <c>val</c> or <c>test</c>.
    /// </summary>
    /// <param name="nameOrFolder">What <c>--data</c> was given.</param>
    /// <param name="imageHeight">Rows that image files are scaled and cropped to.</param>
    /// <param name="imageWidth">Columns that image files are scaled and cropped to.</param>
    /// <param name="leftOut">
    /// Told how many image files cannot be decoded and are left out, and of the first; null to fail at them. With it
    /// every one is decoded at the beginning.
    /// </param>
    /// <param name="advice">What to do about one that cannot be decoded, for the end of an error; or null.</param>
    /// <exception cref="InvalidDataException">There is no such folder, or nothing in it is recognised.</exception>
    public static DataSource Open(
        string nameOrFolder, int imageHeight = DefaultImageSide, int imageWidth = DefaultImageSide,
        Action<string>? leftOut = null, string? advice = null)
    {
        if (nameOrFolder == Synthetic)
            return new DataSource(SyntheticImages.Training, SyntheticImages.Test);

        if (!Directory.Exists(nameOrFolder))
        {
            throw new InvalidDataException(
                $"--data must be '{Synthetic}' or a folder, found no folder '{nameOrFolder}'");
        }

        if (ImageFolder.IsOne(nameOrFolder))
        {
            ImageFolder images = new(nameOrFolder, imageHeight, imageWidth, leftOut, advice);
            return new DataSource(images.ReadTraining, images.ReadTest) { HasImageFiles = true };
        }

        if (SvhnFolder.IsOne(nameOrFolder))
        {
            SvhnFolder digits = new(nameOrFolder);
            return new DataSource(digits.ReadTraining, digits.ReadTest);
        }

        CifarFolder folder = CifarFolder.Open(nameOrFolder);
        return new DataSource(folder.ReadTraining, folder.ReadTest);
    }

    /// <summary>The training images.</summary>
    /// <exception cref="InvalidDataException">A file is missing or wrong; the sentence names it.</exception>
    public ImageDataset ReadTraining() => _training();

    /// <summary>The test images.</summary>
    /// <exception cref="InvalidDataException">A file is missing or wrong; the sentence names it.</exception>
    public ImageDataset ReadTest() => _test();
}
