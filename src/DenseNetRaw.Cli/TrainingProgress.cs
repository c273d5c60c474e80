using System.CommandLine;
using DenseNetRaw.Training;
using Spectre.Console;

namespace DenseNetRaw.Cli;

/// <summary>
/// Shows a run while it goes: live in a terminal, else line by line; with <c>--json</c> on the error stream.
/// </summary>
internal sealed class TrainingProgress : IDisposable
{
    private readonly LiveProgress? _live;

    /// <summary>Chooses the display that suits where the output goes.</summary>
    public TrainingProgress(
        InvocationConfiguration streams, string title, string evaluation, int printFrequency, bool isJson)
    {
        TextWriter output = isJson ? streams.Error : streams.Output;
        IAnsiConsole console = NewConsole(output);
        if (!isJson && console.Profile.Out.IsTerminal && console.Profile.Capabilities.Ansi)
            _live = new LiveProgress(console, title, evaluation);
        Observer = _live ?? (ITrainingObserver)new PlainProgress(output, title, evaluation, printFrequency);
    }

    /// <summary>What the trainer tells.</summary>
    public ITrainingObserver Observer { get; }

    /// <inheritdoc/>
    public void Dispose() => _live?.Dispose();

    /// <summary>Without colour where NO_COLOR is set to anything, https://no-color.org.</summary>
    internal static IAnsiConsole NewConsole(TextWriter output) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(output),
        ColorSystem = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            ? ColorSystemSupport.Detect
            : ColorSystemSupport.NoColors,
    });
}
