using System.Diagnostics;
using NUnit.Framework;

namespace DenseNetRaw.Tests;

/// <summary>A program of someone else's that a test asks, where it is installed.</summary>
internal static class ToolRun
{
    /// <summary>Debian's Python: another on the PATH may have none of its packages.</summary>
    private const string SystemPython = "/usr/bin/python3";

    /// <summary>What a script exits with where a package that it imports is not installed.</summary>
    private const int PackageMissing = 77;

    private static string Python => File.Exists(SystemPython) ? SystemPython : "python3";

    /// <summary>
    /// Runs a script beside the golden files, and returns what it printed; ignores the test without its packages.
    /// </summary>
    public static string OfPython(string script, params IEnumerable<string> arguments) =>
        Of(
            Python,
            [Path.Combine(RepositoryFolder.Find(), "tests", "DenseNetRaw.Tests", "Golden", script), .. arguments]);

    /// <summary>Runs a program, and returns what it printed; ignores the test where there is none.</summary>
    public static string Of(string program, params IEnumerable<string> arguments)
    {
        (int Code, string Output, string Error)? run = TryRun(program, arguments);
        Assume.That(run, Is.Not.Null, $"{program} is not installed");
        Assume.That(run!.Value.Code, Is.Not.EqualTo(PackageMissing), $"something is not installed: {run.Value.Error}");
        Assert.That(run.Value.Code, Is.Zero, run.Value.Error);
        return run.Value.Output;
    }

    private static (int Code, string Output, string Error)? TryRun(string program, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.Result);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
