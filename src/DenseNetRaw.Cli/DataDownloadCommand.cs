using System.CommandLine;
using DenseNetRaw.Data.Downloads;

namespace DenseNetRaw.Cli;

/// <summary><c>densenet data download</c>: fetches a data set, checks it and unpacks it.</summary>
internal static class DataDownloadCommand
{
    public static Command New()
    {
        Argument<string> name = new("name") { Description = "cifar10, cifar100 or svhn" };
        name.TakeOnly([.. OfficialData.All.Select(data => data.Name)]);
        Option<string> folder = new("--output") { Description = "folder for its files", Required = true };
        Option<string?> mirror = new("--url")
        {
            Description = "address to which the files' names are added [default: the official one]",
        };
        Option<bool> extra = new("--extra")
        {
            Description = "of svhn also the 531,131 further training images (1.3 GB)",
        };
        Command command = new(
            "download",
            "Fetches CIFAR-10, CIFAR-100 or SVHN. What was broken off is gone on with; checksums are compared.")
        {
            name,
            folder,
            mirror,
            extra,
        };
        command.SetAction(parsed =>
        {
            OfficialData data = OfficialData.All.Single(data => data.Name == parsed.GetValue(name));
            if (parsed.GetValue(extra))
            {
                data = data == OfficialData.Svhn
                    ? data with { Files = [.. data.Files, OfficialData.SvhnExtra] }
                    : throw new ArgumentException($"--extra: expected with svhn alone, found with {data.Name}");
            }

            Uri? address = parsed.GetValue(mirror) is { } url ? Flags.Read(mirror, () => AddressOf(url)) : null;
            return Run(data, parsed.GetValue(folder)!, address, parsed.InvocationConfiguration.Output);
        });
        return command;
    }

    private static int Run(OfficialData data, string folder, Uri? address, TextWriter output)
    {
        FlagOutput.MakeFolder("--output", folder);
        DataDownload download = new(data, folder);
        if (download.IsDone())
        {
            output.WriteLine($"{data.Name} is in {folder} already, with the checksums that were recorded");
            return ExitCode.Success;
        }

        using StopSignals stop = new(CancellationToken.None);
        try
        {
            using DownloadProgress progress = new(output);
            download.RunAsync(address, progress.Advance, DataDownload.Silence, stop.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            output.WriteLine("stopped; what came is kept, run it again to go on");
            return stop.StoppedExitCode;
        }

        output.WriteLine($"{data.Name} is in {folder}: densenet train --data {folder}");
        return ExitCode.Success;
    }

    private static Uri AddressOf(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out Uri? address) && address.Scheme is ("http" or "https")
            ? address
            : throw new ArgumentException($"expected an address such as https://host/folder, found '{url}'");
}
