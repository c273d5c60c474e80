using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

/// <summary>strace, which shows and slows down the system calls of a child; tests without it are ignored.</summary>
internal static class Tracer
{
    /// <summary>The words that run a program under it, as a process of the same number.</summary>
    /// <param name="log">Where it writes what it sees.</param>
    /// <param name="calls">The system calls that it looks at, with commas between them.</param>
    public static string[] Words(string log, string calls)
    {
        string program = "/usr/bin/strace";
        Assume.That(File.Exists(program), "strace is not installed");
        return [program, "-D", "-f", "-y", "--seccomp-bpf", "-o", log, "-e", $"trace={calls}"];
    }
}
