using System.Runtime.InteropServices;

namespace DenseNetRaw.Cli;

/// <summary>
/// Ctrl-C and SIGTERM ask for an orderly end: the first sets <see cref="Token"/>, a second ends the process at once.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly PosixSignalRegistration _interrupt, _terminate;
    private int _exitCode = ExitCode.Interrupted;

    /// <summary>Listens until disposed of.</summary>
    /// <param name="outer">A token whose cancellation asks for an end as Ctrl-C does.</param>
    public StopSignals(CancellationToken outer)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, ExitCode.Interrupted));
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, ExitCode.Terminated));
    }

    /// <summary>Set by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>What the process returns when it was stopped.</summary>
    public int StoppedExitCode => _exitCode;

    /// <inheritdoc/>
    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _source.Dispose();
    }

    private void Stop(PosixSignalContext context, int exitCode)
    {
        if (_source.IsCancellationRequested)
            return;

        context.Cancel = true;
        _exitCode = exitCode;
        _source.Cancel();
    }
}
