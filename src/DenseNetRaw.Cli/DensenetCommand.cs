using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cli;

/// <summary>
/// The command <c>densenet</c>: its sub-commands, and how an error becomes a sentence and an exit code.
/// </summary>
internal static partial class DensenetCommand
{
    /// <summary>Runs a command line, in process, as the tests do.</summary>
    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        ParseResult command = New().Parse(args);
        if (command.Errors.Count > 0)
        {
            error.WriteLine(string.Join(Environment.NewLine, command.Errors.Select(e => InWords(e.Message))));
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
        try
        {
            return command.Invoke(configuration);
        }
        catch (Exception e) when (ExitCodeOf(e) is { } code)
        {
            error.WriteLine($"densenet: {e.Message}");
            return code;
        }
    }

    private static RootCommand New() => new("Trains DenseNets in little memory and little time.")
    {
        TrainCommand.New(),
        EvalCommand.New(),
        PredictCommand.New(),
        DescribeCommand.New(),
        PlanCommand.New(),
        FitCommand.New(),
        TraceCommand.New(),
        DevicesCommand.New(),
        GradcheckCommand.New(),
        BenchCommand.New(),
    };

    /// <summary>
    /// Only errors that a user can mend become a sentence; any other is a defect and keeps its trace.
    /// </summary>
    private static int? ExitCodeOf(Exception error) => error switch
    {
        ArgumentException => ExitCode.Usage,
        InvalidDataException or FileNotFoundException or DirectoryNotFoundException => ExitCode.BadData,
        OutOfMemoryException => ExitCode.OutOfMemory,
        NotFiniteNumberException => ExitCode.NotANumber,
        IOException or UnauthorizedAccessException or NotSupportedException or CudaException => ExitCode.Failure,
        _ => null,
    };

    /// <summary>The library names the .NET type that it expected; a user knows numbers.</summary>
    private static string InWords(string message) => ExpectedType().Replace(
        message, type => type.Value.Contains("Int", StringComparison.Ordinal) ? "as a whole number" : "as a number");

    [GeneratedRegex(@"as expected type '\S*System\.(U?Int\d\d|Double)\S*'")]
    private static partial Regex ExpectedType();

    private static List<string> CommandPath(ParseResult command)
    {
        List<string> names = [];
        for (SymbolResult? at = command.CommandResult; at is CommandResult { Command: not RootCommand }; at = at.Parent)
            names.Insert(0, ((CommandResult)at).Command.Name);
        return names;
    }
}
