using System.Diagnostics;
using System.Text.RegularExpressions;
using DenseNetRaw.Tests.Cli.Report;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

/// <summary>The display of a run in a real terminal, tmux's, read back from its screen.</summary>
public sealed partial class TerminalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private TemporaryFolder _temporary = null!;

    [OneTimeSetUp]
    public void RequireTmux()
    {
        Assume.That(Browser.OnPath("tmux"), "needs tmux: apt-get install tmux");
        _temporary = new TemporaryFolder();
        TinyCifar.Write(_temporary.File("data"));
    }

    [OneTimeTearDown]
    public void EndTerminal() => _temporary?.Dispose();

    [TestCase(80)]
    [TestCase(120)]
    public void Train_InATerminal_WrapsNoLineAndDrawsInPlace(int width)
    {
        (string screen, string joined) = Shown(width, "");
        string[] lines = screen.Split('\n');
        Assert.Multiple(() =>
        {
            Assert.That(UpToPaths(screen), Is.EqualTo(UpToPaths(joined)), "a line was wrapped by the terminal");
            Assert.That(lines, Has.Exactly(1).Contains("epoch     lr   train loss"), screen);
            Assert.That(lines, Has.Exactly(1).StartsWith("epoch 2/2  step 3/3  done"), screen);
            Assert.That(lines, Has.Exactly(1).Match("^memory: slab, .* MiB planned .*\\)$"), screen);
            Assert.That(lines, Has.Exactly(1).Match("^━+ 100 %  .* left$"), screen);
        });
    }

    [Test]
    public void Train_InATerminal_HasColoursUnlessNoColorIsSet()
    {
        Assert.That(Colour().IsMatch(Shown(80, "", "-e").Screen));
        Assert.That(Colour().IsMatch(Shown(80, "NO_COLOR=1 ", "-e").Screen), Is.False);
    }

    /// <summary>The screen at the end of a run, as it is and with wrapped lines joined.</summary>
    private (string Screen, string Joined) Shown(int width, string environment, params string[] flags)
    {
        string name = $"run{Guid.NewGuid():N}";
        string model = string.Join(' ', CommandRun.TinyModel);
        string train = $"train {model} --data {_temporary.File("data")} -b 8 --epochs 2";
        string densenet = Path.Combine(AppContext.BaseDirectory, "densenet.dll");
        string run = $"{environment}dotnet {densenet} {train} --output-dir {_temporary.File(name)}";
        string socket = _temporary.File(name[..10]); // the system allows a hundred characters, with the folder's
        using Tmux tmux = new(socket, width, $"TERM=screen-256color {run}; echo ended");
        Stopwatch waited = Stopwatch.StartNew();
        string screen = "";
        while (!screen.Contains("\nended", StringComparison.Ordinal))
        {
            Assert.That(waited.Elapsed, Is.LessThan(Patience), screen);
            Thread.Sleep(50);
            screen = tmux.Screen();
        }

        return (tmux.Screen(flags), WithoutTrailingSpaces(tmux.Screen("-J")));
    }

    /// <summary>What comes before the run's folder, whose name may be longer than any terminal is wide.</summary>
    private static string UpToPaths(string screen) => screen.Split("run folder:")[0];

    private static string WithoutTrailingSpaces(string screen) =>
        string.Join('\n', screen.Split('\n').Select(line => line.TrimEnd()));

    /// <summary>A colour of the foreground, by name or number.</summary>
    [GeneratedRegex("\e\\[(3[0-7]|9[0-7]|38;|[0-9;]*;3[0-8])")]
    private static partial Regex Colour();
}
