using System.Text.Json;
using DenseNetRaw.Cli;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

/// <summary>What one run of the command, in process, wrote and returned.</summary>
internal sealed record CommandRun(int Code, string Output, string Error)
{
    /// <summary>Runs <c>densenet</c> with a line of arguments that have no spaces.</summary>
    public static CommandRun Of(string arguments)
    {
        using StringWriter output = new(), error = new();
        int code = DensenetCommand.Run(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), output, error);
        return new CommandRun(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs it, and reads the JSON document that is all it wrote.</summary>
    public static JsonElement Json(string arguments)
    {
        CommandRun run = Of($"{arguments} --json");
        Assert.That(run.Code, Is.Zero, run.Error);
        return JsonDocument.Parse(run.Output).RootElement;
    }
}
