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
            Assert.That(run.Output, Does.Match($@"(?m)^\s+(-\S+, )?{option.Name}[ ,\r\n]"));
            Assert.That(option.Description, Is.Not.Empty.And.Not.EndsWith("."), option.Name);
        }
    }

    [Test]
    public void Help_OfTrain_HasEveryFlagOnceUnderItsHeading()
    {
        string help = CommandRun.Of("train --help").Output.ReplaceLineEndings("\n");
        string[] sections = [.. help.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)];
        Assert.That(
            sections.Select(section => section.Split('\n')[0]),
            Is.EqualTo(new[]
            {
                "Description:", "Usage:", "Data:", "Model:", "Training:", "Memory:", "Device:", "Checkpoints:",
                "Output:", "Options:",
            }));
        foreach ((string flag, string heading) in new[]
        {
            ("--data", "Data:"), ("--augment", "Data:"), ("--depth", "Model:"), ("--init", "Model:"),
            ("--lr", "Training:"), ("--batch-size", "Training:"), ("--wd", "Training:"), ("--memory", "Memory:"),
            ("--precision", "Device:"), ("--resume", "Checkpoints:"), ("--json", "Output:"), ("--help", "Options:"),
        })
        {
            string section = sections.Single(section => Regex.IsMatch(section, $@"(?m)^  (\S.*, )?{flag}[ ,\n]"));
            Assert.That(section, Does.StartWith(heading), flag);
        }

        Command train = Train();
        Assert.That(Regex.Count(help, @"(?m)^  -"), Is.EqualTo(OptionsOf(train).Count() + 1));
    }

    /// <summary>A narrow terminal breaks the names of flags; each keeps its heading.</summary>
    [TestCase(36)]
    [TestCase(40)]
    [TestCase(44)]
    [TestCase(60)]
    [TestCase(80)]
    public void Help_OfTrainInANarrowTerminal_HasEveryFlagUnderTheHeadingOfAWideOne(int width)
    {
        Command train = Train();
        Dictionary<string, string> wide = Sections(HelpOf((GroupedCommand)train, 1000));
        Dictionary<string, string> narrow = Sections(HelpOf((GroupedCommand)train, width));
        Assert.That(narrow.Keys, Is.EqualTo(wide.Keys));
        foreach (Option flag in OptionsOf(train))
        {
            Assert.That(Heading(wide, flag.Name), Is.Not.EqualTo("Options:"), flag.Name);
            Assert.That(Heading(narrow, flag.Name), Is.EqualTo(Heading(wide, flag.Name)), flag.Name);
        }

        Assert.That(Regex.Count(narrow["Options:"], @"(?m)^  -"), Is.EqualTo(1), narrow["Options:"]);

        // Names stand in the first column, two blanks from the second; parts of one are put together again.
        static string Heading(Dictionary<string, string> sections, string flag) => sections.Single(
            section => Regex.Matches(section.Value, @"(?m)^  (\S+(?: \S+)*)").Aggregate(
                "", (text, line) => text + (line.Groups[1].Value is ['-', ..] name ? $" {name}" : line.Groups[1].Value))
                is { } names && Regex.IsMatch(names, $@"(?<=[ ,]){flag}(?=[ ,<]|$)")).Key;
    }

    /// <summary>
    /// A flag that no test names is a promise that nobody checks. Many sub-commands have a flag of one name: a file
    /// of tests that names the flag counts where it runs the sub-command; of the flags for model and device, which one
    /// piece of code reads for all, where it runs one that has the flag.
    /// </summary>
    [TestCaseSource(nameof(Commands))]
    public void Options_AreEachNamedByATest(string path, Command command)
    {
        string tests = Path.Combine(RepositoryFolder.Find(), "tests", "DenseNetRaw.Tests");
        string[] sources = [.. Directory.GetFiles(tests, "*.cs", SearchOption.AllDirectories)
            .Where(file => Path.GetFileNameWithoutExtension(file) != nameof(HelpTests)).Select(File.ReadAllText)];
        HashSet<string> shared =
            [.. new ModelOptions("densenet-bc-100-12").All.Concat(new BackendOptions().All).Select(o => o.Name)];
        (string Path, Command Command)[] commands = [.. Under(DensenetCommand.New(), string.Empty)];
        bool IsTested(Option option)
        {
            string[] paths = !shared.Contains(option.Name) ? [path]
                : [.. commands.Where(c => c.Command.Options.Any(o => o.Name == option.Name)).Select(c => c.Path)];
            return sources.Any(source => option.Aliases.Append(option.Name).Any(name => HasFlag(source, name))
                && paths.Any(one => Runs(source, one)));
        }

        Assert.That(
            OptionsOf(command).Where(option => !command.Hidden && !IsTested(option)).Select(option => option.Name),
            Is.Empty, path);
    }

    [TestCase("""Of("plan --depth 40");""", "plan", true)]
    [TestCase("""Of("bench", "step", "--depth", "40");""", "bench step", true)]
    [TestCase("""Of("bench step --depth 40");""", "bench step", true)]
    [TestCase("""Of("plan --depth 40");""", "train", false)]
    [TestCase("""Of("plan --depth-first");""", "plan", false)]
    [TestCase("""Of("planned --depth 40");""", "plan", false)]
    [TestCase("""Of("plan"); // and --depth""", "plan", false)]
    [TestCase("""Of(["plan", .. CommandRun.TinyModel, "--depth"]);""", "plan", true, "--initial-channels")]
    [TestCase("""CommandRun.Json($"plan --depth {depth}")""", "plan", true, "--json")]
    public void Flag_OfASubCommand_IsTestedWhereThatIsRun(
        string source, string path, bool isTested, string flag = "--depth") =>
        Assert.That(Runs(source, path) && HasFlag(source, flag), Is.EqualTo(isTested));

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

    /// <summary>Whether strings of the source, one or several in a row, begin with the sub-command's words.</summary>
    private static bool Runs(string source, string path) => Regex.IsMatch(
        source, $@"""{path.Replace(" ", @"(?: |"",\s+"")", StringComparison.Ordinal)}[ ""]");

    /// <summary>Whether the source names the flag outside of comments, or what stands for it does.</summary>
    private static bool HasFlag(string source, string flag)
    {
        string code = Regex.Replace(source, @"(?m)(?<!:)//.*$", "")
            .Replace("CommandRun.TinyModel", string.Join(' ', CommandRun.TinyModel), StringComparison.Ordinal)
            .Replace("CommandRun.Json(", "--json ", StringComparison.Ordinal);
        return Regex.IsMatch(code, $@"(?<![\w-]){flag}(?![\w-])");
    }

    private static Command Train() => DensenetCommand.New().Subcommands.Single(command => command.Name == "train");

    private static string HelpOf(GroupedCommand train, int width)
    {
        RootCommand root = [train];
        ParseResult parsed = root.Parse(["train", "--help"]);
        ((HelpAction)parsed.Action!).MaxWidth = width;
        using StringWriter help = new();
        parsed.Invoke(new InvocationConfiguration { Output = help });
        return train.Grouped(help.ToString()).ReplaceLineEndings("\n");
    }

    private static Dictionary<string, string> Sections(string help) => help
        .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
        .ToDictionary(section => section.Split('\n')[0], section => section[section.IndexOf('\n')..]);

    private static IEnumerable<Option> OptionsOf(Command command) =>
        command.Options.Where(option => option is not HelpOption && !option.Hidden);

    private static IEnumerable<(string Path, Command Command)> Under(Command command, string path) =>
        command.Subcommands.SelectMany(inner =>
        {
            string name = $"{path}{inner.Name}";
            return Under(inner, $"{name} ").Prepend((name, inner));
        });
}
