using System.Runtime.InteropServices;

namespace DenseNetRaw.Cli;

/// <summary>
/// Ctrl-C, SIGTERM, SIGHUP and SIGUSR1 ask for an orderly end: the first sets <see cref="Token"/>, a second ends the
/// process at once. SIGUSR1 is what batch schedulers send so that a job saves itself and is started again: success.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    // SIGUSR1 has no name in .NET, which takes the system's number: signal(7) of Linux, and that of macOS and BSD.
    private const int LinuxUser1 = 10;
    private const int OtherUser1 = 30;

    private readonly CancellationTokenSource _source;
    private readonly PosixSignalRegistration _interrupt, _terminate, _hangUp;
    private readonly PosixSignalRegistration? _user;
    private int _exitCode = ExitCode.Interrupted;

    /// <summary>Listens until disposed of.</summary>
    /// <param name="outer">A token whose cancellation asks for an end as Ctrl-C does.</param>
    public StopSignals(CancellationToken outer)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        _interrupt = On(PosixSignal.SIGINT, ExitCode.Interrupted);
        _terminate = On(PosixSignal.SIGTERM, ExitCode.Terminated);
        _hangUp = On(PosixSignal.SIGHUP, ExitCode.HungUp);
        if (!OperatingSystem.IsWindows())
            _user = On((PosixSignal)(OperatingSystem.IsLinux() ? LinuxUser1 : OtherUser1), ExitCode.Success);
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
        _hangUp.Dispose();
        _user?.Dispose();
        _source.Dispose();
    }

    private PosixSignalRegistration On(PosixSignal signal, int exitCode) =>
        PosixSignalRegistration.Create(signal, context => Stop(context, exitCode));

    private void Stop(PosixSignalContext context, int exitCode)
    {
        if (_source.IsCancellationRequested)
            return;

        context.Cancel = true;
        _exitCode = exitCode;
        _source.Cancel();
    }
}
