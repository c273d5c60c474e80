using System.Diagnostics;
using System.Text.Json;
using DenseNetRaw.Cli;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

/// <summary>What one run of the command, in process, wrote and returned.</summary>
internal sealed record CommandRun(int Code, string Output, string Error)
{
    /// <summary>A network small enough for the reference device: 0.1 million multiply-adds an image of 32×32.</summary>
    public static IReadOnlyList<string> TinyModel { get; } =
        ["--model", "densenet-7-2", "--initial-channels", "2", "--device", "reference"];

    /// <summary>Runs <c>densenet</c> with a line of arguments that have no spaces.</summary>
    public static CommandRun Of(string arguments) =>
        Of((IEnumerable<string>)arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Runs <c>densenet</c> with these arguments.</summary>
    public static CommandRun Of(params IEnumerable<string> arguments)
    {
        using StringWriter output = new(), error = new();
        int code = DensenetCommand.Run([.. arguments], output, error);
        return new CommandRun(code, output.ToString(), error.ToString());
    }

    /// <summary>
    /// Runs it in a process of its own, which looks for CUDA's libraries in these folders first.
    /// </summary>
    public static CommandRun InAProcess(string cudaLibraries, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "densenet.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DENSENET_CUDA_LIBRARIES"] = cudaLibraries, ["DENSENET_DEVICE"] = null },
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new CommandRun(process.ExitCode, output, error.Result);
    }

    /// <summary>Runs it, and reads the JSON document that is all it wrote.</summary>
    public static JsonElement Json(string arguments)
    {
        CommandRun run = Of($"{arguments} --json");
        run.AssertSucceeds();
        return JsonDocument.Parse(run.Output).RootElement;
    }

    /// <summary>Asserts exit code 0 and shows the error stream otherwise.</summary>
    public void AssertSucceeds() => Assert.That(Code, Is.Zero, Error);

    /// <summary>
    /// Asserts one sentence, perhaps with a list below it, with the given words, nothing on standard output, and the
    /// exit code.
    /// </summary>
    public void AssertFails(int code, params ReadOnlySpan<string> words)
    {
        Assert.That(Code, Is.EqualTo(code), Error);
        Assert.That(Output, Is.Empty);
        Assert.That(Error.TrimEnd().Split('\n').Count(line => line[0] != ' '), Is.LessThanOrEqualTo(2), Error);
        foreach (string word in words)
            Assert.That(Error, Does.Contain(word));
    }
}
