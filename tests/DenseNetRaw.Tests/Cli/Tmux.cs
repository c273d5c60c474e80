using System.Diagnostics;

namespace DenseNetRaw.Tests.Cli;

/// <summary>
/// A terminal of tmux that runs a command. It has a server of its own: one for several goes away with its last
/// terminal, be it while another one asks for it.
/// </summary>
internal sealed class Tmux : IDisposable
{
    private readonly string _socket;

    /// <summary>Starts it; it stays when the command has ended.</summary>
    /// <param name="socket">A name for the server's socket, of a file that is not there.</param>
    /// <param name="width">Columns.</param>
    /// <param name="command">A line for a shell.</param>
    public Tmux(string socket, int width, string command)
    {
        _socket = socket;
        Ask("-f", "/dev/null", "new-session", "-d", "-x", $"{width}", "-y", "40", $"{command}; sleep 3600");
    }

    /// <summary>What it shows.</summary>
    /// <param name="flags">Of tmux's capture-pane.</param>
    public string Screen(params string[] flags) => Ask(["capture-pane", "-p", .. flags]);

    /// <inheritdoc/>
    public void Dispose() => Ask("kill-server");

    private string Ask(params string[] arguments)
    {
        using Process tmux = Process.Start(
            new ProcessStartInfo("tmux", ["-S", _socket, .. arguments]) { RedirectStandardOutput = true })!;
        string output = tmux.StandardOutput.ReadToEnd();
        tmux.WaitForExit();
        return output.TrimEnd();
    }
}
