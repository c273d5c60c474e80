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
            $"'{DataSource.Synthetic}' (embedded), or a folder with the binary files of CIFAR-10 or CIFAR-100",
        DefaultValueFactory = _ => DataSource.Synthetic,
    };
}
