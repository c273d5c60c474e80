using System.CommandLine;
using System.Text;
using DenseNetRaw.Data;
using DenseNetRaw.Serialization;

namespace DenseNetRaw.Cli.Report;

/// <summary>What a run leaves for people: the times of its step, and its page.</summary>
internal static class RunReport
{
    /// <summary>The page's name in a run folder.</summary>
    public const string FileName = "report.html";

    /// <summary>
    /// Times a step, unless the run was asked to stop and is in a hurry, and writes the page; after everything of the
    /// run was saved. A run that went well is not undone by a page that cannot be written: that is a sentence.
    /// </summary>
    /// <param name="outcome">The run; the state of its session is of no use afterwards.</param>
    /// <param name="streams">Where the sentence goes.</param>
    /// <param name="isJson">Whether standard output has its document already.</param>
    /// <param name="images">The training images.</param>
    public static void WriteAtEnd(
        TrainingOutcome outcome, InvocationConfiguration streams, bool isJson, ImageDataset images)
    {
        try
        {
            if (!outcome.Summary.IsStopped)
                StepTiming.Measure(outcome.Session).Write(outcome.Folder);
            string page = Path.Combine(outcome.Folder, FileName);
            RunRecord run = RunRecord.Read(outcome.Folder);
            TrainedWeights weights = TrainedWeights.Of(
                run, outcome.Summary.IsStopped ? null : images,
                "The run was asked to stop: densenet report adds the gradients of its layers.");
            Write(RunPage.Of(run, weights), page);
            if (!isJson)
                streams.Output.WriteLine($"its page: {VisibleText.Of(page)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OutOfMemoryException
            or InvalidDataException)
        {
            streams.Error.WriteLine($"densenet: no {FileName}: {VisibleText.Of(e.Message)}");
        }
    }

    /// <summary>Writes a page, whole or not at all.</summary>
    public static void Write(string page, string path) =>
        WholeFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(page)));
}
