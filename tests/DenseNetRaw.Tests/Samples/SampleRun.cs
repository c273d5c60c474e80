using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Samples;

/// <summary>Runs a sample, which is built beside the tests, as a process of its own.</summary>
internal static class SampleRun
{
    /// <summary>What the sample prints, with lines that end in \n.</summary>
    public static string OutputOf(string sample)
    {
        ProcessStartInfo start = new(DotnetHost())
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, $"{sample}.dll") },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, error.Result);
        return output.ReplaceLineEndings("\n");
    }

    /// <summary>The host that runs the tests: it lies three folders above the runtime.</summary>
    private static string DotnetHost()
    {
        string root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        return Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
    }
}
