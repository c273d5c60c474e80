using System.CommandLine;
using DenseNetRaw.Data;

namespace DenseNetRaw.Cli;

/// <summary><c>densenet data synthesize</c>: writes the embedded data set for other programs.</summary>
internal static class DataSynthesizeCommand
{
    public static Command New()
    {
        Option<string> folder = new("--output") { Description = "folder for the files", Required = true };
        Command command = new(
            "synthesize", "Writes the embedded data set in the binary layout of CIFAR-10.") { folder };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(folder)!;
            FlagOutput.MakeFolder(folder.Name, path);
            ImageDataset training = SyntheticImages.Training(), test = SyntheticImages.Test();
            FlagOutput.ToFolder(folder.Name, path, () => CifarWriter.Write(path, training, test));
            parsed.InvocationConfiguration.Output.WriteLine(FormattableString.Invariant(
                $"{training.Count:N0} training and {test.Count:N0} test images are in {path}"));
        });
        return command;
    }
}
