using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DenseNetRaw.Data;
using Spectre.Console;

namespace DenseNetRaw.Cli;

/// <summary><c>densenet data verify</c>: what a folder of images has, and which of its files cannot be used.</summary>
internal static class DataVerifyCommand
{
    /// <summary>Sentences that are printed of a kind; scripts read all of them with <c>--json</c>.</summary>
    private const int ShownSentences = 20;

    public static Command New()
    {
        Argument<string> folder = new("folder")
        {
            Description = "files of CIFAR or SVHN, or train/CLASS/ and val/CLASS/ with PNG and JPEG files",
        };
        Option<bool> json = JsonOutput.NewOption();
        Command command = new(
            "verify",
            "What a folder of images has. Reads every image, compares checksums, returns 3 if a file cannot be used.")
        {
            folder,
            json,
        };
        command.SetAction(parsed =>
        {
            DataReport report = DataVerification.Of(parsed.GetValue(folder)!);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
                output.WriteLine(JsonSerializer.Serialize(report, JsonOutput.Options));
            else
                Write(report, output);
            WriteSentences(report.Problems, parsed.InvocationConfiguration.Error);
            return report.Problems.Count == 0 ? ExitCode.Success : ExitCode.BadData;
        });
        return command;
    }

    private static void Write(DataReport report, TextWriter output)
    {
        output.WriteLine(VisibleText.Of($"{report.Folder}: {report.DataSet}"));
        Table files = ConsoleTables.New(("file", false), ("images", true), ("bytes", true), ("checksum", false));
        foreach (DataFile file in report.Files)
            files.AddPlainRow(file.Name, Number(file.Images), Number(file.Bytes), Words(file.Checksum));
        output.WriteTable(files);
        Table classes = ConsoleTables.New(("class", false), ("training", true), ("test", true));
        foreach (ClassCount count in report.Classes)
            classes.AddPlainRow(count.Name, Number(count.Training), Number(count.Test));
        classes.AddPlainRow(
            "in all", Number(report.Classes.Sum(count => count.Training)),
            Number(report.Classes.Sum(count => count.Test)));
        output.WriteTable(classes);
        if (report.Missing.Count > 0)
            output.WriteText($"not there: {string.Join(", ", report.Missing)}");
        WriteSentences(report.Warnings, output);
        output.WriteLine(
            report.Problems.Count == 0 ? "every image can be read" : $"{report.Problems.Count} wrong, see below");
    }

    private static void WriteSentences(IReadOnlyList<string> sentences, TextWriter output)
    {
        foreach (string sentence in sentences.Take(ShownSentences))
            output.WriteLine($"densenet: {VisibleText.Of(sentence)}");
        if (sentences.Count > ShownSentences)
            output.WriteLine($"densenet: and {sentences.Count - ShownSentences} more, which --json names");
    }

    private static string Words(ChecksumState state) => state switch
    {
        ChecksumState.Official => "official",
        ChecksumState.Recorded => "as recorded",
        ChecksumState.Wrong => "WRONG",
        _ => "-",
    };

    private static string Number(long? value) => value?.ToString("N0", CultureInfo.InvariantCulture) ?? "-";
}
