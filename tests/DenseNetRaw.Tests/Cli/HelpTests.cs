using System.CommandLine;
using System.CommandLine.Help;
using System.Text.RegularExpressions;
using DenseNetRaw.Cli;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

/// <summary>What the help of each sub-command names is described, tested, and found again when misspelt.</summary>
public sealed class HelpTests
{
    private static IEnumerable<TestCaseData<string, Command>> Commands => Under(DensenetCommand.New(), string.Empty)
        .Select(pair => new TestCaseData<string, Command>(pair.Path, pair.Command).SetArgDisplayNames(pair.Path));

    [TestCaseSource(nameof(Commands))]
    public void Help_NamesEveryOptionAndDescribesIt(string path, Command command)
    {
        CommandRun run = CommandRun.Of($"{path} --help");
        run.AssertSucceeds();
        foreach (Option option in OptionsOf(command))
        {
            Assert.That(run.Output, Does.Match($@"(?m)^\s+(-\w, )?{option.Name}[ ,\r\n]"));
            Assert.That(option.Description, Is.Not.Empty.And.Not.EndsWith("."), option.Name);
        }
    }

    /// <summary>A flag that no test names is a promise that nobody checks.</summary>
    [TestCaseSource(nameof(Commands))]
    public void Options_AreEachNamedByATest(string path, Command command)
    {
        string tests = Path.Combine(RepositoryFolder.Find(), "tests", "DenseNetRaw.Tests");
        string[] sources = [.. Directory.GetFiles(tests, "*.cs", SearchOption.AllDirectories)
            .Where(file => Path.GetFileNameWithoutExtension(file) != nameof(HelpTests)).Select(File.ReadAllText)];
        IEnumerable<string> untested = OptionsOf(command).Where(option => !sources.Any(source =>
            option.Aliases.Append(option.Name).Any(name => Regex.IsMatch(source, $@"(?<![\w-]){name}(?![\w-])"))))
            .Select(option => option.Name);
        Assert.That(untested, Is.Empty, path);
    }

    [TestCase("trian --data x", "'trian' is unknown; did you mean 'train'?")]
    [TestCase("evla", "'evla' is unknown; did you mean 'eval'?")]
    [TestCase("bench setp", "'setp' is unknown; did you mean 'step'?")]
    [TestCase("train --bacth-size 8", "'--bacth-size' is unknown; did you mean '--batch-size'?")]
    [TestCase("plan --memroy slab", "'--memroy' is unknown; did you mean '--memory'?")]
    [TestCase("plan --modle x --memory-budgt 1GiB", "are unknown; did you mean '--model', '--memory-budget'?")]
    [TestCase("predict x.safetensors --weight y", "'--weight' is unknown; did you mean '--weights'?")]
    public void Slip_OfTheKeyboard_NamesTheWordThatWasMeant(string arguments, string sentence)
    {
        CommandRun run = CommandRun.Of(arguments);
        run.AssertFails(ExitCode.Usage, sentence, "--help");
        Assert.That(run.Error.TrimEnd().Split('\n'), Has.Length.EqualTo(2), run.Error);
    }

    [TestCase("frobnicate")]
    [TestCase("plan --nope")]
    [TestCase("plan -x")]
    public void Word_ThatIsLikeNone_SuggestsNone(string arguments) =>
        Assert.That(CommandRun.Of(arguments).Error, Does.Contain("unknown").And.Not.Contain("did you mean"));

    private static IEnumerable<Option> OptionsOf(Command command) =>
        command.Options.Where(option => option is not HelpOption && !option.Hidden);

    private static IEnumerable<(string Path, Command Command)> Under(Command command, string path) =>
        command.Subcommands.SelectMany(inner =>
        {
            string name = $"{path}{inner.Name}";
            return Under(inner, $"{name} ").Prepend((name, inner));
        });
}
