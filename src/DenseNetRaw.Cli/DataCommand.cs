using System.CommandLine;

namespace DenseNetRaw.Cli;

/// <summary><c>densenet data</c>: data sets in folders, one sub-command for each thing to do with them.</summary>
internal static class DataCommand
{
    public static Command New() => new("data", "Checks, downloads and makes data sets.")
    {
        DataVerifyCommand.New(),
        DataDownloadCommand.New(),
        DataSynthesizeCommand.New(),
    };
}
