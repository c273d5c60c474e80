using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using DenseNetRaw.Cli.Benchmarks;
using DenseNetRaw.Cli.Report;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cli;

/// <summary>
/// The command <c>densenet</c>: its sub-commands, and how an error becomes a sentence and an exit code.
/// </summary>
internal static partial class DensenetCommand
{
    private static readonly (string Pattern, string Words)[] FormsOfTheLibrary =
    [
        (@"^Required argument missing for option: '(\S+)'\.$", "$1: expected a value, found none"),
        (@"^Option '(\S+)' expects a single argument but (\d+) were provided\.$", "$1: expected one value, found $2"),
        (@"^Required argument '(\S+)' missing for command: '(\S+)'\.$", "$2: expected <$1>, found none"),
        (@"^Option '(\S+)' is required\.$", "$1 is required, found none"),
        (@"^Required command was not provided\.$", "expected a sub-command, found none"),
    ];

    /// <summary>Runs a command line, in process, as the tests do.</summary>
    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        // 'help train' is asked of many a program.
        if (args is ["help", .. string[] path])
            args = [.. path, "--help"];
        ParseResult command = New().Parse(args);
        string[] wrong = Wrong(command);
        if (wrong.Length > 0)
        {
            foreach (string sentence in wrong)
                error.WriteLine($"densenet: {VisibleText.Of(sentence)}");
            error.WriteLine($"see: {string.Join(' ', ["densenet", .. CommandPath(command), "--help"])}");
            return ExitCode.Usage;
        }

        InvocationConfiguration configuration = new()
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        ShortenHelpOf(command.CommandResult.Command.Subcommands);

        // A command that is not listed has help all the same; the library has none for hidden ones.
        command.CommandResult.Command.Hidden = false;
        try
        {
            if (command is not { Action: HelpAction, CommandResult.Command: GroupedCommand grouped })
                return command.Invoke(configuration);
            using StringWriter help = new();
            configuration.Output = help;
            int code = command.Invoke(configuration);
            output.Write(grouped.Grouped(help.ToString()));
            return code;
        }
        catch (Exception e) when (ExitCodeOf(e) is { } code)
        {
            error.WriteLine($"densenet: {VisibleText.Of(e.Message)}");
            return code;
        }
    }

    /// <summary>
    /// What is wrong with the line. With --help the library lets everything pass, and of an unknown command it also
    /// says that a command is missing.
    /// </summary>
    private static string[] Wrong(ParseResult command)
    {
        IReadOnlyList<string> unknown = [.. command.UnmatchedTokens, .. FlagsTakenForFiles(command)];
        Command used = command.CommandResult.Command;
        if (unknown.Count > 0 && used.Subcommands.Count > 0)
        {
            // What follows may be of the command that was meant.
            return Unknown([unknown[0]], used);
        }

        if (command.Action is HelpAction)
        {
            return Unknown(unknown, used);
        }

        // What follows an unknown flag is its value, and no mistake of its own; nor is what it was meant to be missing.
        string[] flags = [.. unknown.Where(word => word.StartsWith('-'))];
        string[] meant = Meant(unknown, used);
        return
        [
            .. Unknown(flags.Length > 0 ? flags : unknown, used),
            .. command.Errors.Select(error => error.Message)
                .Where(message => !unknown.Any(word => message == $"Unrecognized command or argument '{word}'."))
                .Where(message => !meant.Any(word => message == $"Option '{word}' is required."))
                .Select(InWords),
        ];
    }

    /// <summary>
    /// An argument of several files takes every unknown flag for one; a file of such a name follows --.
    /// </summary>
    private static IEnumerable<string> FlagsTakenForFiles(ParseResult command) =>
        command.Tokens.Any(token => token.Type == TokenType.DoubleDash)
            ? []
            : command.CommandResult.Tokens.Select(token => token.Value)
                .Where(word => word.StartsWith("--", StringComparison.Ordinal));

    /// <summary>One sentence, or none where every word is known.</summary>
    private static string[] Unknown(IReadOnlyList<string> words, Command used)
    {
        if (words.Count == 0)
            return [];

        string[] meant = Meant(words, used);
        string question = meant.Length == 0 ? string.Empty : $"; did you mean {Quoted(meant)}?";
        return [$"{Quoted(words)} {(words.Count == 1 ? "is" : "are")} unknown{question}"];
    }

    /// <summary>The known words that these are slips of.</summary>
    private static string[] Meant(IEnumerable<string> words, Command used)
    {
        IEnumerable<string> known = used.Subcommands.Where(command => !command.Hidden).Select(command => command.Name)
            .Concat(used.Options.SelectMany(option => option.Aliases.Append(option.Name)));
        return [.. words.Select(word => Spelling.Nearest(word, known)).OfType<string>().Distinct()];
    }

    private static string Quoted(IEnumerable<string> words) => string.Join(", ", words.Select(word => $"'{word}'"));

    /// <summary>The command with its sub-commands.</summary>
    public static RootCommand New() => new("Trains DenseNets in little memory and little time.")
    {
        TrainCommand.New(),
        EvalCommand.New(),
        PredictCommand.New(),
        InspectCommand.New(),
        ExportCommand.New(),
        DescribeCommand.New(),
        PlanCommand.New(),
        FitCommand.New(),
        TraceCommand.New(),
        DevicesCommand.New(),
        GradcheckCommand.New(),
        BenchCommand.New(),
        DataCommand.New(),
        KernelsCommand.New(),
        ReportCommand.New(),
    };

    /// <summary>Where sub-commands are listed, each has one line: the first sentence.</summary>
    private static void ShortenHelpOf(IEnumerable<Command> listed)
    {
        foreach (Command command in listed)
        {
            string description = command.Description!;
            command.Description = description[..(description.IndexOf('.', StringComparison.Ordinal) + 1)];
        }
    }

    /// <summary>
    /// Only errors that a user can mend become a sentence; any other is a defect and keeps its trace.
    /// </summary>
    private static int? ExitCodeOf(Exception error) => error switch
    {
        ArgumentException => ExitCode.Usage,
        FamilyMemberException member => member.ExitCode,
        InvalidDataException or FileNotFoundException or DirectoryNotFoundException => ExitCode.BadData,
        OutOfMemoryException => ExitCode.OutOfMemory,
        NotFiniteNumberException => ExitCode.NotANumber,
        IOException or UnauthorizedAccessException or NotSupportedException or CudaException => ExitCode.Failure,
        _ => null,
    };

    /// <summary>The library's sentences in the form of all others: the flag, what was expected and found.</summary>
    private static string InWords(string message)
    {
        if (WrongType().Match(message) is { Success: true } match)
        {
            string expected = match.Groups["type"].Value switch
            {
                "Int32" => "a whole number below 2^31",
                "UInt64" => "a whole number from 0 to 2^64 - 1",
                _ => "a number",
            };
            return $"{match.Groups["flag"].Value}: expected {expected}, found '{match.Groups["found"].Value}'";
        }

        return FormsOfTheLibrary.Aggregate(
            message, (text, form) => Regex.Replace(text, form.Pattern, form.Words, RegexOptions.CultureInvariant));
    }

    [GeneratedRegex(
        @"^Cannot parse argument '(?<found>.*)' for option '(?<flag>\S+)' as expected type "
        + @"'\S*System\.(?<type>U?Int\d\d|Double)\S*'\.$")]
    private static partial Regex WrongType();

    private static List<string> CommandPath(ParseResult command)
    {
        List<string> names = [];
        for (SymbolResult? at = command.CommandResult; at is CommandResult { Command: not RootCommand }; at = at.Parent)
            names.Insert(0, ((CommandResult)at).Command.Name);
        return names;
    }
}
