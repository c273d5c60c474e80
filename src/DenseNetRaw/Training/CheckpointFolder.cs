using System.Text.RegularExpressions;
using DenseNetRaw.Serialization;

namespace DenseNetRaw.Training;

/// <summary>The checkpoints of a run: folders <c>checkpoints/step-00000042</c> in its folder.</summary>
public sealed partial class CheckpointFolder
{
    /// <summary>Its name in the run folder.</summary>
    public const string Name = "checkpoints";

    private const string SetAsideSuffix = ".old";

    /// <summary>Of the run in a folder, which need not have any.</summary>
    public CheckpointFolder(string runFolder) => FullName = Path.Combine(Path.GetFullPath(runFolder), Name);

    /// <summary>Where they lie.</summary>
    public string FullName { get; }

    /// <summary>The checkpoints, whole or not, from the oldest to the newest.</summary>
    public IReadOnlyList<string> Folders => Directory.Exists(FullName)
        ? [.. Directory.EnumerateDirectories(FullName).Where(path => StepOf(path) is not null).OrderBy(StepOf)]
        : [];

    /// <summary>The name of the newest checkpoint, whole or not; null if there is none.</summary>
    public string? NewestName => Folders is [.., string newest] ? Path.GetFileName(newest) : null;

    /// <summary>The run folder that a checkpoint lies in; null if it lies elsewhere.</summary>
    public static string? RunFolderOf(string checkpoint)
    {
        string? parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(checkpoint)));
        return Path.GetFileName(parent) == Name ? Path.GetDirectoryName(parent) : null;
    }

    /// <summary>The newest whole checkpoint; null if there is none.</summary>
    /// <param name="damaged">Told of each newer one why it is not whole.</param>
    public Checkpoint? NewestWhole(Action<string>? damaged = null)
    {
        foreach (string folder in Folders.Reverse())
        {
            try
            {
                return Checkpoint.Open(folder);
            }
            catch (InvalidDataException e)
            {
                damaged?.Invoke(e.Message);
            }
        }

        return null;
    }

    /// <summary>The whole checkpoint of the end of an epoch; null if there is none.</summary>
    public Checkpoint? OfEpoch(int epoch)
    {
        foreach (string folder in Folders)
        {
            try
            {
                TrainingPosition position =
                    CheckpointManifest.Read(Path.Combine(folder, Checkpoint.ManifestFile)).Position;
                if (position.Epoch == epoch && position.IsEpochOver)
                    return Checkpoint.Open(folder);
            }
            catch (InvalidDataException)
            {
                // One that is damaged is none.
            }
        }

        return null;
    }

    /// <summary>Opens a checkpoint of the run.</summary>
    /// <exception cref="InvalidDataException">
    /// It is damaged; the sentence names the newest whole one before it, too.
    /// </exception>
    public Checkpoint Open(string folder)
    {
        try
        {
            return Checkpoint.Open(folder);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{e.Message}; {Instead(folder)}", e);
        }
    }

    /// <summary>Opens the newest checkpoint.</summary>
    /// <exception cref="InvalidDataException">There is none, or it is damaged.</exception>
    public Checkpoint OpenNewest() => Folders is [.., string newest]
        ? Open(newest)
        : throw new InvalidDataException($"{FullName}: expected a checkpoint to go on from, found none");

    /// <summary>
    /// Saves a checkpoint, then deletes those that are no longer to be kept, and those set aside but for as many of the
    /// last written as are kept of the newest. If there is one of that step already, the
    /// run has gone on from it and played none: it then gets what the new manifest says.
    /// </summary>
    /// <param name="session">Whose numbers are saved; no step may be under way.</param>
    /// <param name="manifest">What it says of itself; its files are filled in.</param>
    /// <param name="settings">Which are kept.</param>
    public void Save(Session session, CheckpointManifest manifest, CheckpointSettings settings)
    {
        WholeFolder.Create(FullName);
        string folder = Path.Combine(FullName, FormattableString.Invariant($"step-{manifest.Position.Step:D8}"));
        if (!Directory.Exists(folder))
        {
            Checkpoint.Write(folder, session, manifest);
        }
        else if (manifest.TestAccuracy is not null)
        {
            string path = Path.Combine(folder, Checkpoint.ManifestFile);
            (manifest with { Files = CheckpointManifest.Read(path).Files }).Write(path);
        }

        Prune(settings);
    }

    /// <summary>
    /// Before a run goes on: deletes what a killed process left, and renames checkpoints of later steps, damaged ones
    /// among them, to names that end with ".old", as the run will come to those steps again.
    /// </summary>
    /// <param name="step">The step that it goes on from.</param>
    /// <returns>How many were renamed.</returns>
    public int PrepareFor(long step)
    {
        if (!Directory.Exists(FullName))
            return 0;
        foreach (string partial in Directory.EnumerateDirectories(FullName, $"*{WholeFolder.TemporarySuffix}"))
            Directory.Delete(partial, recursive: true);
        string[] ofLaterSteps = [.. Folders.Where(path => StepOf(path) > step)];
        foreach (string later in ofLaterSteps)
        {
            if (Directory.Exists(later + SetAsideSuffix))
                WholeFolder.Delete(later + SetAsideSuffix);
            Directory.Move(later, later + SetAsideSuffix);
        }

        return ofLaterSteps.Length;
    }

    private void Prune(CheckpointSettings settings)
    {
        IReadOnlyList<string> all = Folders;
        IEnumerable<string> best = all.Select(path => (Path: path, Accuracy: AccuracyOf(path)))
            .Where(checkpoint => checkpoint.Accuracy is not null)
            .OrderByDescending(checkpoint => checkpoint.Accuracy)
            .Select(checkpoint => checkpoint.Path)
            .Take(settings.KeepBest);
        HashSet<string> kept = [.. all.TakeLast(settings.KeepLast), .. best];
        foreach (string path in all.Where(path => !kept.Contains(path)))
            WholeFolder.Delete(path);
        IEnumerable<string> setAside = Directory.EnumerateDirectories(FullName, $"step-*{SetAsideSuffix}")
            .OrderBy(Directory.GetLastWriteTimeUtc).SkipLast(settings.KeepLast);
        foreach (string path in setAside)
            WholeFolder.Delete(path);
    }

    private static double? AccuracyOf(string folder)
    {
        try
        {
            return CheckpointManifest.Read(Path.Combine(folder, Checkpoint.ManifestFile)).TestAccuracy;
        }
        catch (InvalidDataException)
        {
            // One that is damaged is no best one; it goes when it is old.
            return null;
        }
    }

    private string Instead(string damaged)
    {
        foreach (string folder in Folders.Reverse().Where(folder => StepOf(folder) < StepOf(damaged)))
        {
            try
            {
                return $"the whole one before it: --resume {Checkpoint.Open(folder).FullName}";
            }
            catch (InvalidDataException)
            {
                // The next may be whole; this one is named when it is asked for.
            }
        }

        return "there is no whole one before it";
    }

    private static long? StepOf(string path) =>
        StepName().Match(Path.GetFileName(Path.TrimEndingDirectorySeparator(path))) is { Success: true } match
        && long.TryParse(match.Groups["step"].ValueSpan, out long step)
            ? step
            : null;

    [GeneratedRegex(@"^step-(?<step>[0-9]{8,18})$", RegexOptions.CultureInvariant)]
    private static partial Regex StepName();
}
