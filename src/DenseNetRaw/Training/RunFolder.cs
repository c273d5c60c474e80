using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using DenseNetRaw.Serialization;

namespace DenseNetRaw.Training;

/// <summary>
/// The folder that a run leaves: <c>args.json</c>; <c>metrics.jsonl</c>, a line a step and a line an epoch, and
/// <c>metrics.csv</c>, a row an epoch, each flushed when written; <c>best.safetensors</c>, the weights of the epoch of
/// the best test accuracy, and <c>model.safetensors</c>, those of the end; and <c>checkpoints</c>
/// (<see cref="CheckpointFolder"/>). One process at a time writes in it.
/// </summary>
public sealed class RunFolder : ITrainingObserver, IDisposable
{
    /// <summary>The weights at the end of the run.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>The weights of the best epoch.</summary>
    public const string BestWeightsFile = "best.safetensors";

    /// <summary>Every resolved setting and where it came from.</summary>
    public const string ArgumentsFile = "args.json";

    /// <summary>A line a step and a line an epoch.</summary>
    public const string MetricsFile = "metrics.jsonl";

    /// <summary>A row an epoch.</summary>
    public const string EpochsFile = "metrics.csv";

    private const string LockFile = ".lock";
    private const string EpochKey = "epoch";
    private const string EpochsHeading =
        "epoch,trainLoss,trainAccuracy,testLoss,testAccuracy,imagesPerSecond,peakBytes";

    /// <summary>With names escaped that would turn the direction of text or steer a terminal.</summary>
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly JsonSerializerOptions WithoutNulls = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly JsonNode _arguments;
    private readonly TrainedModel _model;
    private readonly Session _session;
    private readonly FileStream _lock;
    private readonly StreamWriter _metrics, _epochs;

    /// <param name="path">The folder, which exists.</param>
    /// <param name="arguments">What <c>args.json</c> says.</param>
    /// <param name="model">What the weights files say of the model.</param>
    /// <param name="session">Whose weights are saved.</param>
    /// <param name="position">Where the run stands.</param>
    /// <param name="isNew">Whether a failure deletes the folder, unless another process has used it.</param>
    /// <param name="check">Fails, when no other process can write, if one has since the folder was looked at.</param>
    private RunFolder(
        string path, JsonNode arguments, TrainedModel model, Session session, TrainingPosition position, bool isNew,
        Action<string> check)
    {
        (FullName, _arguments, _model, _session) = (path, arguments, model, session);
        _lock = new FileStream(
            Path.Combine(path, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        bool isForeign = true;
        try
        {
            isForeign = Directory.EnumerateFileSystemEntries(path).Any(IsForeign);
            check(path);
            RequireRoom();
            SetAside = Checkpoints.PrepareFor(position.Step);
            TakeBackBest(position);
            MetricsCut.Lines(Path.Combine(path, MetricsFile), position);
            MetricsCut.Rows(Path.Combine(path, EpochsFile), position);
            WholeFile.Write(
                Path.Combine(path, ArgumentsFile), stream => JsonSerializer.Serialize(stream, arguments, Indented));
            _metrics = NewWriter(MetricsFile);
            _epochs = NewWriter(EpochsFile);
            if (_epochs.BaseStream.Length == 0)
                WriteLine(_epochs, EpochsHeading);
        }
        catch
        {
            _metrics?.Dispose();
            _epochs?.Dispose();
            _lock.Dispose();
            if (isNew && !isForeign)
                Directory.Delete(path, recursive: true);
            throw;
        }
    }

    /// <summary>Where it lies.</summary>
    public string FullName { get; }

    /// <summary>How many checkpoints of later steps were renamed when the run went on.</summary>
    public int SetAside { get; }

    /// <summary>The checkpoints of the run.</summary>
    public CheckpointFolder Checkpoints => new(FullName);

    /// <summary>Whether a folder is a run's: one that goes on may write in it.</summary>
    public static bool IsIn(string path) => File.Exists(Path.Combine(path, ArgumentsFile));

    /// <summary>
    /// Makes the folder and writes <c>args.json</c>; a failure leaves no new folder behind, unless another process has
    /// begun to use it.
    /// </summary>
    /// <param name="path">A folder that does not exist yet or is empty.</param>
    /// <param name="arguments">What <c>args.json</c> says.</param>
    /// <param name="model">What the weights files say of the model.</param>
    /// <param name="session">Whose weights are saved.</param>
    /// <exception cref="ArgumentException">The folder has files already.</exception>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    public static RunFolder Create(string path, JsonNode arguments, TrainedModel model, Session session)
    {
        RequireNew(path);
        return Open(path, arguments, model, session, TrainingPosition.Start, RequireNew);
    }

    /// <summary>
    /// Goes on in a run's folder: takes back from its files and checkpoints what came after the position, and writes
    /// <c>args.json</c> anew.
    /// </summary>
    /// <param name="path">The folder of the run, or of one that was killed before it wrote anything.</param>
    /// <param name="arguments">What <c>args.json</c> says.</param>
    /// <param name="model">What the weights files say of the model.</param>
    /// <param name="session">Whose weights are saved.</param>
    /// <param name="position">Where the run stands.</param>
    /// <param name="newest">
    /// The name of the newest checkpoint, whole or not, when the position was looked for; null if there was none.
    /// </param>
    /// <exception cref="IOException">
    /// The folder cannot be written to, another process writes there, or one has gone on since.
    /// </exception>
    public static RunFolder GoOn(
        string path, JsonNode arguments, TrainedModel model, Session session, TrainingPosition position,
        string? newest) =>
        Open(path, arguments, model, session, position, _ => RequireNewest(path, newest));

    /// <summary>Fails if there is something of that name already, but for an empty folder.</summary>
    /// <exception cref="ArgumentException">Names it.</exception>
    public static void RequireNew(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw new ArgumentException("--output-dir: expected a folder's name, found none");
        if (File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any(IsForeign)))
        {
            throw new ArgumentException(
                $"{path}: expected a new or empty folder for --output-dir, found one that is in use");
        }
    }

    /// <inheritdoc/>
    public void StepEnded(in StepReport report) => WriteLine(_metrics, JsonSerializer.Serialize(new
    {
        kind = "step",
        step = report.Step,
        epoch = report.Epoch,
        loss = report.Result.Loss,
        gradientNorm = report.Result.GradientNorm,
        lr = report.LearningRate,
        milliseconds = report.Milliseconds,
    }));

    /// <inheritdoc/>
    public void EpochEnded(EpochReport report)
    {
        WriteLine(_metrics, JsonSerializer.Serialize(new
        {
            kind = "epoch",
            epoch = report.Epoch,
            trainLoss = report.TrainLoss,
            trainAccuracy = report.TrainAccuracy,
            testLoss = report.TestLoss,
            testAccuracy = report.TestAccuracy,
            imagesPerSecond = report.ImagesPerSecond,
            peakBytes = report.PeakBytes,
            testExitAccuracies = report.TestExitAccuracies,
        }, WithoutNulls));
        WriteLine(_epochs, string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Epoch},{report.TrainLoss},{report.TrainAccuracy},{report.TestLoss},{report.TestAccuracy},"
            + $"{report.ImagesPerSecond},{report.PeakBytes}"));
        if (report.IsBest)
        {
            SafetensorsFile.Write(
                Path.Combine(FullName, BestWeightsFile), StateDictionary.Capture(_session.Model, _session.Backend),
                MetadataOfBest(report.Epoch));
        }
    }

    /// <inheritdoc/>
    public void CheckpointDue(Trainer trainer, double? testAccuracy)
    {
        // A checkpoint that outlives a loss of power must not know of more than the metrics do.
        ((FileStream)_metrics.BaseStream).Flush(flushToDisk: true);
        ((FileStream)_epochs.BaseStream).Flush(flushToDisk: true);
        CheckpointManifest manifest = new()
        {
            FormatVersion = CheckpointManifest.CurrentVersion,
            Position = trainer.Position,
            LearningRate = trainer.Settings.Schedule.At(trainer.Position.Epoch),
            TestAccuracy = testAccuracy,
            Run = trainer.Identity,
            Memory = trainer.Settings.Memory.Name,
            Device = _session.Backend.Name,
            Model = _model,
            Arguments = _arguments,
            Written = DateTimeOffset.Now,
            Files = [],
        };
        Checkpoints.Save(_session, manifest, trainer.Settings.Checkpoints);
    }

    /// <inheritdoc/>
    public void Ended(TrainingSummary summary) => _model.Save(Path.Combine(FullName, WeightsFile), _session);

    /// <inheritdoc/>
    public void Dispose()
    {
        _metrics.Dispose();
        _epochs.Dispose();
        _lock.Dispose();
    }

    private static RunFolder Open(
        string path, JsonNode arguments, TrainedModel model, Session session, TrainingPosition position,
        Action<string> check)
    {
        try
        {
            bool isNew = !Directory.Exists(path);
            WholeFolder.Create(path);
            return new RunFolder(Path.GetFullPath(path), arguments, model, session, position, isNew, check);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string found = WriteFailure.InWords(path, e);
            throw new IOException($"{path}: expected a folder that --output-dir can write to, found: {found}", e);
        }
    }

    /// <summary>
    /// The weights of the best epoch may be of one that is played again: then those before it count, or none if no
    /// checkpoint has them any more.
    /// </summary>
    private void TakeBackBest(TrainingPosition position)
    {
        string path = Path.Combine(FullName, BestWeightsFile);
        if (position.Best is { Epoch: int epoch } && Checkpoints.OfEpoch(epoch) is { } best)
        {
            SafetensorsFile file = SafetensorsFile.Read(Path.Combine(best.FullName, Checkpoint.WeightsFile));
            SafetensorsFile.Write(
                path, file.Tensors.Values.Select(StateDictionary.InFloat32), MetadataOfBest(epoch));
        }
        else if (File.Exists(path) && (position.Best is null || EpochOf(path) != position.Best.Epoch))
        {
            File.Delete(path);
        }
    }

    private Dictionary<string, string> MetadataOfBest(int epoch) =>
        new(_model.ToMetadata()) { [EpochKey] = epoch.ToString(CultureInfo.InvariantCulture) };

    /// <summary>The epoch that weights are of; null if they do not say, or are damaged.</summary>
    private static int? EpochOf(string path)
    {
        try
        {
            return SafetensorsFile.Read(path).Metadata.TryGetValue(EpochKey, out string? text)
                && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int epoch) ? epoch : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>A disk that has no room for a checkpoint is better known before the first step than after.</summary>
    private void RequireRoom()
    {
        long wanted = _session.Parameters.Bytes, found = new DriveInfo(FullName).AvailableFreeSpace;
        if (found < wanted)
        {
            throw new IOException(
                FormattableString.Invariant($"{found} bytes left on the disk, and a checkpoint takes about {wanted}"));
        }
    }

    /// <summary>What another process played since would be set aside and cut off.</summary>
    private static void RequireNewest(string path, string? newest)
    {
        string? found = new CheckpointFolder(path).NewestName;
        if (found != newest)
        {
            throw new IOException(
                $"the checkpoint {found ?? "none"} of another process, and {newest ?? "none"} was the newest before");
        }
    }

    /// <summary>Whether it is anything but what a process that was killed at once leaves.</summary>
    private static bool IsForeign(string path) =>
        Path.GetFileName(path) is not (LockFile or ArgumentsFile + WholeFile.TemporarySuffix);

    private StreamWriter NewWriter(string name)
    {
        FileStream stream = new(Path.Combine(FullName, name), FileMode.Append, FileAccess.Write, FileShare.Read);
        return new StreamWriter(stream) { NewLine = "\n" };
    }

    private static void WriteLine(StreamWriter writer, string line)
    {
        writer.WriteLine(line);
        writer.Flush();
    }
}
