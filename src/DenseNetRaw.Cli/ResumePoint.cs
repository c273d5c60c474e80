using System.CommandLine;
using DenseNetRaw.Cli.Report;
using DenseNetRaw.Serialization;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary>Where <c>--resume</c> leads.</summary>
/// <param name="Folder">The run folder.</param>
/// <param name="Checkpoint">The checkpoint; null where the run was killed before its first one.</param>
/// <param name="Newest">The name of the newest checkpoint, whole or not; null where there is none.</param>
/// <param name="IsByItself">Whether the flag's value leaves open what there is to go on from.</param>
internal sealed record ResumePoint(string Folder, Checkpoint? Checkpoint, string? Newest, bool IsByItself)
{
    private const string Auto = "auto";

    /// <summary>Finds it; null for a run that is new.</summary>
    /// <param name="command">The parsed command line.</param>
    /// <param name="resume">The flag.</param>
    /// <param name="outputFolder">What <c>--output-dir</c> says.</param>
    /// <exception cref="ArgumentException">The flags contradict each other.</exception>
    /// <exception cref="InvalidDataException">There is no checkpoint, or it is damaged.</exception>
    public static ResumePoint? Find(ParseResult command, Option<string?> resume, string? outputFolder)
    {
        string? path = command.GetValue(resume);
        return path switch
        {
            null => null,
            Auto => FindNewest(command, outputFolder),
            _ => Named(path, outputFolder),
        };
    }

    /// <summary>Whether the flag's value leaves open if there is anything to go on from.</summary>
    public static bool IsAuto(string? path) => path == Auto;

    /// <summary>
    /// Fails if the run ends before this place, or here, as then none of it would be played, only taken back. One that
    /// goes on by itself may be over: the same line is run until it is.
    /// </summary>
    /// <exception cref="ArgumentException">Names the flag, what was expected and what was found.</exception>
    public void RequireBefore(int? maxSteps)
    {
        if (Checkpoint is { Step: long step } && (IsByItself ? maxSteps < step : maxSteps <= step))
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"--max-steps: expected more than the {step} steps of {Checkpoint.FullName}, found {maxSteps}"));
        }
    }

    /// <summary>
    /// Whether the run wrote its weights and its page after the checkpoint, the newest: then nothing of it is missing.
    /// </summary>
    public bool IsWhole =>
        Checkpoint is { } last && Path.GetFileName(last.FullName) == Newest
        && new[] { RunFolder.WeightsFile, RunReport.FileName }.All(name =>
            File.GetLastWriteTimeUtc(Path.Combine(Folder, name)) >= last.Manifest.Written.UtcDateTime);

    private static ResumePoint? FindNewest(ParseResult command, string? outputFolder)
    {
        if (outputFolder is null)
            throw new ArgumentException("--resume auto: expected --output-dir, the folder to go on in, found none");
        if (!RunFolder.IsIn(outputFolder))
            return null;
        List<string> damaged = [];
        CheckpointFolder checkpoints = new(outputFolder);
        string? name = checkpoints.NewestName;
        Checkpoint? newest = checkpoints.NewestWhole(damaged.Add);
        if (newest is null && damaged is [string first, ..])
        {
            throw new InvalidDataException(
                FormattableString.Invariant($"{first}; none of the run's {damaged.Count} checkpoints is whole"));
        }

        foreach (string why in damaged)
            command.InvocationConfiguration.Error.WriteLine($"densenet: left out: {why}");
        return new ResumePoint(outputFolder, newest, name, IsByItself: true);
    }

    private static ResumePoint Named(string path, string? outputFolder)
    {
        bool isRun = RunFolder.IsIn(path) || Directory.Exists(new CheckpointFolder(path).FullName);
        string? folder = isRun ? path : CheckpointFolder.RunFolderOf(path);
        if (File.Exists(path))
        {
            throw new InvalidDataException(
                $"--resume: expected a run folder or a checkpoint's folder, found {SafetensorsFile.Read(path).Path}, "
                + "a file of weights alone; --init begins with them");
        }

        if (!Directory.Exists(path) || folder is null)
        {
            throw new InvalidDataException(
                $"--resume {path}: expected a run folder, or a checkpoint in the '{CheckpointFolder.Name}' of one, "
                + $"found {(Directory.Exists(path) ? "another folder" : "no folder of that name")}");
        }

        if (outputFolder is not null && Path.GetFullPath(outputFolder) != Path.GetFullPath(folder))
        {
            throw new ArgumentException(
                $"--output-dir: expected {folder}, whose run goes on, or no such flag, found {outputFolder}");
        }

        CheckpointFolder checkpoints = new(folder);
        string? name = checkpoints.NewestName;
        return new ResumePoint(
            folder, isRun ? checkpoints.OpenNewest() : checkpoints.Open(path), name, IsByItself: false);
    }
}
