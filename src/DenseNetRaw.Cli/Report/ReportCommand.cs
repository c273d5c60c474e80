using System.CommandLine;
using DenseNetRaw.Data;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli.Report;

/// <summary><c>densenet report</c>: the page of a run, or of several beside each other.</summary>
internal static class ReportCommand
{
    private const string ComparisonName = "comparison.html";

    public static Command New()
    {
        Argument<string[]> runs = new("run")
        {
            Description = "run folders, as train leaves them",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string?> output = new("--output")
        {
            Description = $"the file to write [default: {RunReport.FileName} in the run folder; of several runs "
                + $"{ComparisonName} here]",
            HelpName = "FILE",
        };
        Option<string?> checkpoint = new("--checkpoint")
        {
            Description = "weights of the gradients and of the feature reuse: a checkpoint's folder or a .safetensors "
                + "file [default: the run's newest whole checkpoint, else its model.safetensors]",
            HelpName = "PATH",
        };
        Option<string?> data = new("--data")
        {
            Description = "where the images of the gradients lie [default: where the run found them]",
            HelpName = "PATH",
        };
        Command command = new(
            "report",
            "The page of a run, or one that compares several. It is one HTML file that needs no network: curves, "
            + "memory over a step for every strategy, time by operation, the network (of DenseNets alone), the "
            + "gradient of each layer on a batch of the run's images, what the layers of dense blocks read, the "
            + "arguments. train writes it at its end.")
        {
            runs,
            output,
            checkpoint,
            data,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(output) is { } wanted)
                FlagOutput.RequirePlace(output.Name, wanted);
            List<RunRecord> records = [.. parsed.GetValue(runs)!.Select(RunRecord.Read)];
            (string? weights, string? images) = (parsed.GetValue(checkpoint), parsed.GetValue(data));
            if (records.Count > 1 && (weights ?? images) is not null)
            {
                throw new ArgumentException(
                    $"{(weights is null ? data : checkpoint).Name}: expected one run, found {records.Count}");
            }

            string page = records is [RunRecord run]
                ? RunPage.Of(run, Weights(run, weights, images))
                : ComparisonPage.Of(records);
            string path = parsed.GetValue(output)
                ?? (records.Count == 1 ? Path.Combine(records[0].Folder, RunReport.FileName) : ComparisonName);
            FlagOutput.ToFile(output.Name, path, () => RunReport.Write(page, Path.GetFullPath(path)));
            parsed.InvocationConfiguration.Output.WriteLine(VisibleText.Of(Path.GetFullPath(path)));
        });
        return command;
    }

    /// <summary>What is asked for by name must be there; of what is not, the page says why it lacks it.</summary>
    private static TrainedWeights Weights(RunRecord run, string? checkpoint, string? data)
    {
        ImageDataset? images = null;
        string whyNot = "";
        try
        {
            images = TrainedWeights.ReadImages(run, data);
        }
        catch (Exception e) when (data is null
            && (e is ArgumentException or IOException or InvalidDataException or UnauthorizedAccessException))
        {
            whyNot = $"The gradients need the run's images, which cannot be read: {e.Message}. Say where they are with "
                + "densenet report --data.";
        }

        return checkpoint is null
            ? TrainedWeights.Of(run, images, whyNot)
            : TrainedWeights.Of(run, WeightsFile.Read(checkpoint), images, whyNot);
    }
}
