using NUnit.Framework;

namespace DenseNetRaw.Tests.Samples;

public sealed class SampleTests
{
    private const int MostLines = 60;

    private static IEnumerable<string> Samples =>
        Directory.GetDirectories(Path.Combine(RepositoryFolder.Find(), "samples"))
            .Select(path => Path.GetFileName(path)).Order();

    [TestCaseSource(nameof(Samples))]
    public void Sample_Run_PrintsWhatItsFileSays(string sample) => Assert.That(
        SampleRun.OutputOf(sample),
        Is.EqualTo(File.ReadAllText(PathOf(sample, "expected-output.txt")).ReplaceLineEndings("\n")));

    [TestCaseSource(nameof(Samples))]
    public void Sample_InOneFile_IsUnderSixtyLines(string sample) => Assert.Multiple(() =>
    {
        Assert.That(File.ReadLines(PathOf(sample, "Program.cs")).Count(), Is.LessThan(MostLines));
        Assert.That(Directory.GetFiles(PathOf(sample), "*.cs"), Has.Length.EqualTo(1));
    });

    private static string PathOf(params string[] parts) =>
        Path.Combine([RepositoryFolder.Find(), "samples", .. parts]);
}
