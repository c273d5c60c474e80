namespace DenseNetRaw.Data;

/// <summary>What <c>--data</c> names: a source of training and test images, each read when asked for.</summary>
public sealed class DataSource
{
    /// <summary>The name of the embedded data set.</summary>
    public const string Synthetic = "synthetic";

    private readonly Func<ImageDataset> _training;
    private readonly Func<ImageDataset> _test;

    private DataSource(Func<ImageDataset> training, Func<ImageDataset> test)
    {
        _training = training;
        _test = test;
    }

    /// <summary>The embedded data set by its name, or else a folder with files of CIFAR-10 or CIFAR-100.</summary>
    /// <exception cref="InvalidDataException">There is no such folder, or nothing in it is recognised.</exception>
    public static DataSource Open(string nameOrFolder)
    {
        if (nameOrFolder == Synthetic)
            return new DataSource(SyntheticImages.Training, SyntheticImages.Test);

        if (!Directory.Exists(nameOrFolder))
        {
            throw new InvalidDataException(
                $"--data must be '{Synthetic}' or a folder, found no folder '{nameOrFolder}'");
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
