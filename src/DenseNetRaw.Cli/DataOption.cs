using System.CommandLine;
using DenseNetRaw.Data;

namespace DenseNetRaw.Cli;

/// <summary>The flag that names the images.</summary>
internal static class DataOption
{
    /// <summary><c>--data</c>.</summary>
    public static Option<string> New() => new("--data")
    {
        Description =
            $"'{DataSource.Synthetic}' (embedded), or a folder with the files of CIFAR-10, CIFAR-100 (binary) or SVHN, "
            + "or with images: train/CLASS/*.png|jpg and val/CLASS/… or test/CLASS/…",
        DefaultValueFactory = _ => DataSource.Synthetic,
    };

    /// <summary>The last part of a folder's path, or the embedded data's name.</summary>
    public static string NameOf(string data) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(data)));

    /// <summary>The same data from any working directory.</summary>
    public static string FullName(string data) => data == DataSource.Synthetic ? data : Path.GetFullPath(data);
}
