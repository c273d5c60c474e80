using System.CommandLine;
using DenseNetRaw.Cli;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

public sealed class ByteSizeOptionTests
{
    [TestCase("1", 1L)]
    [TestCase("1073741824", 1L << 30)]
    [TestCase("7B", 7L)]
    [TestCase("6GiB", 6L << 30)]
    [TestCase("300MiB", 300L << 20)]
    [TestCase("1.5GB", 1_500_000_000L)]
    [TestCase("512MB", 512_000_000L)]
    [TestCase("2KiB", 2048L)]
    [TestCase("2KB", 2000L)]
    [TestCase("0.5TiB", 1L << 39)]
    [TestCase("3TB", 3_000_000_000_000L)]
    [TestCase("6gib", 6L << 30)]
    [TestCase("1.0001KiB", 1024L)]
    [TestCase("9223372036854775807", long.MaxValue)]
    [TestCase("8388607TiB", 8388607L << 40)]
    public void ByteSize_WithOrWithoutAUnit_IsSoManyBytes(string text, long bytes)
    {
        (Option<long?> option, ParseResult parsed) = Parse(text);
        Assert.That(parsed.Errors, Is.Empty);
        Assert.That(parsed.GetValue(option), Is.EqualTo(bytes));
    }

    [TestCase("6,5GiB")]
    [TestCase("-1")]
    [TestCase("-1GiB")]
    [TestCase("0")]
    [TestCase("0GiB")]
    [TestCase("0.0001KB")]
    [TestCase("1.5")]
    [TestCase("6G")]
    [TestCase("6Gi")]
    [TestCase("GiB")]
    [TestCase("1e9")]
    [TestCase(".5GiB")]
    [TestCase("5.GiB")]
    [TestCase("much")]
    [TestCase("NaN")]
    [TestCase("9223372036854775808")]
    [TestCase("8388608TiB")]
    [TestCase("99999999999999999999999999999999999999TiB")]
    public void ByteSize_ThatIsNone_IsRefusedInOneSentence(string text)
    {
        (_, ParseResult parsed) = Parse(text);
        Assert.That(
            parsed.Errors.Select(error => error.Message),
            Is.EqualTo(new[]
            {
                "--size: expected bytes, such as 6GiB, 300MiB, 1.5GB or 1073741824 (KiB, MiB, GiB, TiB are powers of "
                + "1024; KB, MB, GB, TB of 1000), at least 1 and below 8388608TiB, found "
                + $"'{text}'{(text.StartsWith("6G", StringComparison.Ordinal) ? "; GiB or GB?" : "")}",
            }));
    }

    private static (Option<long?> Option, ParseResult Parsed) Parse(string text)
    {
        Option<long?> option = ByteSizeOption.New("--size", "a size");
        return (option, new RootCommand { option }.Parse([$"--size={text}"]));
    }
}
