using System.Diagnostics;
using System.Globalization;
using DenseNetRaw.Data.Downloads;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace DenseNetRaw.Cli;

/// <summary>
/// Shows how far a download is: a bar in a terminal, drawn at most four times a second, else a line for each tenth.
/// </summary>
internal sealed class DownloadProgress : IDisposable
{
    private const int Parts = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private readonly TextWriter _output;
    private readonly IAnsiConsole? _console;
    private readonly ManualResetEventSlim _done = new();
    private readonly Lock _lock = new();
    private readonly Thread? _thread;
    private readonly List<string> _finished = [];
    private DownloadState _state;
    private long _begin, _firstBytes;
    private int _part;

    /// <summary>Chooses the display that suits where the output goes.</summary>
    public DownloadProgress(TextWriter output)
    {
        _output = output;
        IAnsiConsole console = TrainingProgress.NewConsole(output);
        if (!console.Profile.Out.IsTerminal || !console.Profile.Capabilities.Ansi)
            return;
        _console = console;
        _thread = new Thread(Draw) { IsBackground = true, Name = "Live display" };
        _thread.Start();
    }

    /// <summary>Takes note of how far it is.</summary>
    public void Advance(DownloadState state)
    {
        lock (_lock)
        {
            if (state.File != _state.File)
                Start(state);
            _state = state;
            int part = state.TotalBytes is > 0 and { } total ? (int)(Parts * state.Bytes / total) : 0;
            if (_console is null && part > _part)
                _output.WriteLine(Words());
            _part = part;
        }
    }

    /// <summary>Draws once more and gives the terminal back.</summary>
    public void Dispose()
    {
        _done.Set();
        _thread?.Join();
        _done.Dispose();
    }

    private void Start(DownloadState state)
    {
        if (_state.File is not null)
            _finished.Add(Words());
        (_begin, _firstBytes, _part) = (Stopwatch.GetTimestamp(), state.Bytes, 0);
        if (_console is null && state.Bytes > 0)
            _output.WriteLine(Text($"{state.File}: going on after {Mebibytes(state.Bytes)}"));
    }

    private void Draw() => _console!.Live(new Text("")).Start(display =>
    {
        bool isLast;
        do
        {
            isLast = _done.IsSet;
            display.UpdateTarget(Frame());
            if (!isLast)
                _done.Wait(Pause);
        }
        while (!isLast);
    });

    private Rows Frame()
    {
        const int Cells = 40;
        lock (_lock)
        {
            List<IRenderable> rows = [.. _finished.Select(line => new Text(line))];
            int full = _state.TotalBytes is > 0 and { } total ? (int)(Cells * _state.Bytes / total) : 0;
            rows.Add(new Text(_state.File is null ? "connecting" : Words()));
            rows.Add(new Markup($"[green]{new string('━', full)}[/][grey]{new string('─', Cells - full)}[/]"));
            return new Rows(rows);
        }
    }

    private string Words()
    {
        double seconds = Math.Max(Stopwatch.GetElapsedTime(_begin).TotalSeconds, 1e-3);
        double rate = (_state.Bytes - _firstBytes) / seconds;
        string of = _state.TotalBytes is { } total ? $" of {Mebibytes(total)}" : "";
        string left = _state.TotalBytes is { } all && rate > 0
            ? $", {Units.Time((all - _state.Bytes) / rate)} left"
            : "";
        return Text($"{_state.File}: {Mebibytes(_state.Bytes)}{of}, {Mebibytes((long)rate)}/s{left}");
    }

    private static string Mebibytes(long bytes) => Units.Mebibytes(bytes);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
