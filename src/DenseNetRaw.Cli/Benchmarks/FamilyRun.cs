using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>
/// Trains the models of <c>bench family</c>, each in a process of its own, so that the memory measured is its own, and
/// in a folder of its own, in which a line that was cut short goes on when it is given again.
/// </summary>
/// <param name="output">The folder below which all of it lies.</param>
/// <param name="flags">What <c>train</c> is given for every model.</param>
/// <param name="maxMinutes">Minutes that a model may take in a process; null for any.</param>
/// <param name="progress">Told what the processes tell.</param>
internal sealed class FamilyRun(string output, IReadOnlyList<string> flags, double? maxMinutes, TextWriter progress)
{
    /// <summary>The run folder of a model.</summary>
    public string FolderOf(FamilyMember member) => Path.Combine(output, member.FileName);

    /// <summary>Fails if a model's folder holds a run of another line.</summary>
    /// <exception cref="ArgumentException">It does, or it holds what no run of this command left.</exception>
    public void RequireSame(FamilyMember member)
    {
        if (FamilyRecord.Read(RecordOf(member)) is { } record)
            record.RequireSame(Line(member), RecordOf(member));
        else
            Training.RunFolder.RequireNew(FolderOf(member));
    }

    /// <summary>Trains it, or goes on with it, unless it is trained.</summary>
    /// <exception cref="FamilyMemberException">The process failed; its words have been passed on.</exception>
    /// <exception cref="IOException">What is kept of it cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the process is killed.</exception>
    public FamilyOutcome Train(FamilyMember member, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        FamilyOutcome? before = FamilyRecord.Read(RecordOf(member))?.Outcome;
        if (before is { Stopped: false })
        {
            progress.WriteLine($"{member.Name}: trained before, {FolderOf(member)}");
            return before;
        }

        Write(member, before);
        FamilyOutcome now = Play(member, cancellation);
        FamilyOutcome outcome = now with
        {
            Seconds = now.Seconds + (before?.Seconds ?? 0),
            ProcessPeakBytes = Math.Max(now.ProcessPeakBytes, before?.ProcessPeakBytes ?? 0),
        };
        Write(member, outcome);
        return outcome;
    }

    private void Write(FamilyMember member, FamilyOutcome? outcome)
    {
        string path = RecordOf(member);
        FlagOutput.ToFile("--output", path, () => new FamilyRecord(Line(member), outcome).Write(path));
    }

    private string RecordOf(FamilyMember member) => $"{FolderOf(member)}.json";

    private string[] Line(FamilyMember member) => ["train", "--model", .. member.Words, .. flags];

    private FamilyOutcome Play(FamilyMember member, CancellationToken cancellation)
    {
        string[] limit = maxMinutes is { } minutes
            ? ["--max-minutes", minutes.ToString("R", CultureInfo.InvariantCulture)]
            : [];
        ProcessStartInfo start = new(
            MemoryProbe.DotnetHost(),
            [
                typeof(FamilyRun).Assembly.Location, .. Line(member), .. limit, "--output-dir", FolderOf(member),
                "--resume", "auto", "--keep-last", "1", "--keep-best", "0", "--json",
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        using Process process = Process.Start(start)!;
        using CancellationTokenRegistration killing = cancellation.Register(process.Kill);
        bool hasSpoken = false;
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not { Length: > 0 } text)
                return;
            hasSpoken = true;
            progress.WriteLine($"{member.Name}: {text}");
        };
        process.BeginErrorReadLine();
        string document = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        return process.ExitCode == ExitCode.Success
            ? JsonSerializer.Deserialize<FamilyOutcome>(document, JsonOutput.Options)!
            : throw new FamilyMemberException(
                $"{member.Name}: the process that trained it failed with exit code {process.ExitCode}, "
                + (hasSpoken ? "after the words above" : "without a word"),
                process.ExitCode);
    }
}
