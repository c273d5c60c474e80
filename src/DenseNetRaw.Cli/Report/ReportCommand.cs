using System.CommandLine;

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
        Command command = new(
            "report",
            "The page of a run, or one that compares several. It is one HTML file that needs no network: curves, "
            + "memory over a step for every strategy, time by operation, the network, the arguments. train writes it "
            + "at its end.")
        {
            runs,
            output,
        };
        command.SetAction(parsed =>
        {
            List<RunRecord> records = [.. parsed.GetValue(runs)!.Select(RunRecord.Read)];
            string page = records is [RunRecord run] ? RunPage.Of(run) : ComparisonPage.Of(records);
            string path = parsed.GetValue(output)
                ?? (records.Count == 1 ? Path.Combine(records[0].Folder, RunReport.FileName) : ComparisonName);
            if (string.IsNullOrWhiteSpace(path))
                throw new ArgumentException($"{output.Name}: expected a file's name, found none");
            FlagOutput.ToFile(output.Name, path, () => RunReport.Write(page, Path.GetFullPath(path)));
            parsed.InvocationConfiguration.Output.WriteLine(VisibleText.Of(Path.GetFullPath(path)));
        });
        return command;
    }
}
