using System.Diagnostics;
using System.Globalization;
using DenseNetRaw.Training;

namespace DenseNetRaw.Tests.Cli;

/// <summary>
/// <c>densenet train</c> on a few images in a process of its own, which goes on for days unless it is ended: in its
/// folder, from its newest checkpoint if there is one.
/// </summary>
internal sealed class ChildRun : IDisposable
{
    /// <summary>A run that hears no signal is killed, and fails the test.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly Timer _deadline;
    private readonly Task<string> _output, _error;
    private readonly string _metrics;
    private readonly int _linesBefore;

    /// <summary>Starts it.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="data">Its images.</param>
    /// <param name="tracer">A program that runs it, with its arguments.</param>
    /// <param name="flags">More flags.</param>
    public ChildRun(string folder, string data, IEnumerable<string> tracer, params IEnumerable<string> flags)
    {
        _metrics = Path.Combine(folder, RunFolder.MetricsFile);
        _linesBefore = Lines;

        // A shell that starts the tests in the background has SIGINT ignored, and children inherit that, as they
        // should; GNU env undoes it.
        string[] clean = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT,TERM,HUP,USR1"] : ["env"];
        ProcessStartInfo start = new(
            clean[0],
            [
                .. clean[1..], .. tracer, "dotnet", Path.Combine(AppContext.BaseDirectory, "densenet.dll"), "train",
                .. CommandRun.TinyModel, "--data", data, "--batch-size", "4", "--epochs", "1000000", "--output-dir",
                folder, "--resume", "auto", .. flags,
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _output = _process.StandardOutput.ReadToEndAsync();
        _error = _process.StandardError.ReadToEndAsync();
        _deadline = new Timer(_ => _process.Kill(), null, Longest, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Lines of its metrics.</summary>
    public int Lines => File.Exists(_metrics) ? File.ReadLines(_metrics).Count() : 0;

    /// <summary>What it said, when it has ended.</summary>
    public string Output => _output.Result;

    /// <summary>What it said on the error stream, when it has ended.</summary>
    public string Error => _error.Result;

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Waits until it has played steps of its own, and a moment more.</summary>
    public void WaitForSteps(TimeSpan moment)
    {
        DateTime written = File.Exists(_metrics) ? File.GetLastWriteTimeUtc(_metrics) : DateTime.MinValue;
        while (!HasEnded && (Lines == 0 || Lines == _linesBefore || File.GetLastWriteTimeUtc(_metrics) == written))
            Thread.Sleep(5);
        Thread.Sleep(moment);
    }

    /// <summary>Sends a signal by its name.</summary>
    public void Send(string signal)
    {
        string id = _process.Id.ToString(CultureInfo.InvariantCulture);
        using Process kill = Process.Start(new ProcessStartInfo("kill", [$"-{signal}", id])
        {
            RedirectStandardError = true,
        })!;
        kill.WaitForExit();
    }

    /// <summary>Waits for its end and returns the exit code.</summary>
    public int WaitForEnd()
    {
        _process.WaitForExit();
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _deadline.Dispose();
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
