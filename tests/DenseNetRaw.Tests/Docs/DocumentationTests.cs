using System.Text.RegularExpressions;
using DenseNetRaw.Tests.Cli;
using DenseNetRaw.Tests.Samples;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Docs;

/// <summary>
/// What the documentation quotes is what is printed. A quotation is a fenced block that begins with
/// <c>```text samples/NAME</c> or <c>```text densenet ARGUMENTS</c>; a line … leaves lines out.
/// </summary>
public sealed partial class DocumentationTests
{
    private const string Omission = "…";

    private static IEnumerable<TestCaseData<string, string>> Quotations =>
        from page in Directory.GetFiles(Path.Combine(RepositoryFolder.Find(), "docs"), "*.md").Order()
        from Match match in Quotation().Matches(ReadPage(page))
        select new TestCaseData<string, string>(match.Groups["source"].Value, match.Groups["text"].Value)
            .SetArgDisplayNames(Path.GetFileName(page), match.Groups["source"].Value);

    [TestCaseSource(nameof(Quotations))]
    public void Quotation_OfAPage_IsWhatIsPrinted(string source, string text)
    {
        string[] printed = Lines(Print(source));
        int from = 0;
        foreach (string[] part in Parts(Lines(text)))
        {
            int at = Enumerable.Range(from, Math.Max(0, printed.Length - part.Length - from + 1))
                .FirstOrDefault(start => printed.AsSpan(start, part.Length).SequenceEqual(part), -1);
            Assert.That(
                at, Is.Not.Negative,
                $"{source} does not print:\n{string.Join('\n', part)}\n\nIt prints:\n{string.Join('\n', printed)}");
            from = at + part.Length;
        }
    }

    [TestCase("autograd")]
    [TestCase("shared-statistics")]
    [TestCase("memory")]
    public void Page_OfTheEngine_QuotesSomething(string page) =>
        Assert.That(
            Quotation().Count(ReadPage(Path.Combine(RepositoryFolder.Find(), "docs", $"{page}.md"))), Is.Positive);

    [Test]
    public void Picture_OfATimeline_IsWhatItsCommandDraws()
    {
        const string Command = "plan --model densenet-bc-22-12 --device reference --memory slab-minimal --timeline";
        const string Picture = "timeline-slab-minimal.svg";
        string docs = Path.Combine(RepositoryFolder.Find(), "docs");
        Assert.That(ReadPage(Path.Combine(docs, "memory.md")), Does.Contain($"densenet {Command} docs/images`"));
        using TemporaryFolder folder = new();
        CommandRun.Of([.. Command.Split(' '), folder.FullName]).AssertSucceeds();
        Assert.That(ReadPage(folder.File(Picture)), Is.EqualTo(ReadPage(Path.Combine(docs, "images", Picture))));
    }

    private static string ReadPage(string path) => File.ReadAllText(path).ReplaceLineEndings("\n");

    private static string Print(string source)
    {
        const string Samples = "samples/", Command = "densenet ";
        if (source.StartsWith(Samples, StringComparison.Ordinal))
            return SampleRun.OutputOf(source[Samples.Length..]);
        Assert.That(source, Does.StartWith(Command));
        CommandRun run = CommandRun.Of(source[Command.Length..]);
        Assert.That(run.Code, Is.Zero, run.Error);
        return run.Output;
    }

    private static string[] Lines(string text) =>
        [.. text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Select(line => line.TrimEnd())];

    /// <summary>The runs of lines between omissions.</summary>
    private static IEnumerable<string[]> Parts(string[] lines)
    {
        int start = 0;
        for (int i = 0; i <= lines.Length; i++)
        {
            if (i < lines.Length && lines[i] != Omission)
                continue;
            if (i > start)
                yield return lines[start..i];
            start = i + 1;
        }
    }

    [GeneratedRegex(
        @"^```text (?<source>(samples/|densenet )[^\n]+)\n(?<text>.*?)^```$",
        RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Quotation();
}
