using System.Text.Json.Nodes;
using DenseNetRaw.Cli;
using DenseNetRaw.Tests.Data;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

public sealed class VisibleTextTests
{
    private const string Dangerous = "=1+1,<script>\e[31m\u202Egnp\u2066\u0007";

    [TestCase("plain, 32×32 → ü 画 😀\nnext\tline", "plain, 32×32 → ü 画 😀\nnext\tline")]
    [TestCase("\e[31m", "\\u001B[31m")]
    [TestCase("\u202Egnp.exe", "\\u202Egnp.exe")]
    [TestCase("a\rb\u0085c\u2028d\u200Fe", "a\\u000Db\\u0085c\\u2028d\\u200Fe")]
    [TestCase("\uFFFD\u00AD", "\uFFFD\\u00AD")]
    public void VisibleText_OfAName_SpellsOutWhatIsNotSeen(string name, string visible) =>
        Assert.That(VisibleText.Of(name), Is.EqualTo(visible));

    [Test]
    public void Errors_ThatNameAFile_SpellItOut()
    {
        CommandRun run = CommandRun.Of("train", "--data", Dangerous);
        Assert.That(run.Code, Is.EqualTo(ExitCode.BadData));
        Assert.That(run.Error, Does.Contain("\\u001B[31m\\u202Egnp").And.Not.Contain('\e').And.Not.Contain('\u202E'));
        CommandRun unknown = CommandRun.Of("train", Dangerous);
        Assert.That(unknown.Error, Does.Contain("\\u001B[31m").And.Not.Contain('\e'));
    }

    [Test]
    public void Verify_OfFilesWithDangerousNames_SpellsThemOut()
    {
        using TemporaryFolder temporary = new();
        ImageFolderTests.WriteSet(temporary, each: 4);
        File.WriteAllText(temporary.File("train/a/\e[2J\u202E.png"), "text");
        AssertSpeltOut(CommandRun.Of("data", "verify", temporary.FullName).Error);
        string moved = temporary.FullName + "\e[2J\u202E";
        Directory.Move(temporary.FullName, moved);
        try
        {
            AssertSpeltOut(CommandRun.Of("data", "verify", moved).Output);
        }
        finally
        {
            Directory.Move(moved, temporary.FullName);
        }
    }

    [Test]
    public void Inspect_OfAFolderWithADangerousName_SpellsItOut()
    {
        using TemporaryFolder temporary = new();
        string path = temporary.File("\e[2J\u202E");
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "manifest.json"), "text");
        CommandRun run = CommandRun.Of("inspect", path);
        Assert.That(run.Code, Is.EqualTo(ExitCode.BadData));
        AssertSpeltOut(run.Output);
        AssertSpeltOut(run.Error);
    }

    [Test]
    public void Run_InAFolderWithADangerousName_PrintsAndWritesNoneOfIt()
    {
        using TemporaryFolder temporary = new();
        string folder = temporary.File(Dangerous);
        string[] arguments =
        [
            "train", .. CommandRun.TinyModel, "--data", TinyCifar.Write(temporary.File("data")), "--batch-size", "8",
            "--epochs", "1", "--output-dir",
        ];
        CommandRun plain = CommandRun.Of([.. arguments, folder]);
        CommandRun json = CommandRun.Of([.. arguments, folder + "2", "--json"]);
        string[] texts =
        [
            plain.Output, plain.Error, json.Output, json.Error,
            .. new[] { "args.json", "metrics.csv", "metrics.jsonl", "profile.json", "report.html" }
                .Select(name => File.ReadAllText(Path.Combine(folder, name))),
        ];
        Assert.Multiple(() =>
        {
            Assert.That(plain.Output, Does.Contain("\\u001B[31m\\u202Egnp"));
            Assert.That(texts, Is.All.Not.Contain("\e").And.All.Not.Contain("\u202E").And.All.Not.Contain("\u0007"));
            Assert.That(
                JsonNode.Parse(json.Output)!["runFolder"]!.GetValue<string>(), Is.EqualTo(folder + "2"));
            Assert.That(
                File.ReadLines(Path.Combine(folder, "metrics.csv")).Skip(1), Is.All.Match("^[0-9.,E+-]+$"));
        });
    }

    private static void AssertSpeltOut(string text) =>
        Assert.That(text, Does.Contain("\\u001B[2J\\u202E").And.Not.Contain('\e').And.Not.Contain('\u202E'));
}
