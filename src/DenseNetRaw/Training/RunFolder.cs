using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using DenseNetRaw.Serialization;

namespace DenseNetRaw.Training;

/// <summary>
/// The folder that a run leaves: <c>args.json</c>; <c>metrics.jsonl</c>, a line a step and a line an epoch, and
/// <c>metrics.csv</c>, a row an epoch, each flushed when written; <c>best.safetensors</c>, the weights of the epoch of
/// the best test accuracy, and <c>model.safetensors</c>, those of the end.
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

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly TrainedModel _model;
    private readonly Session _session;
    private readonly StreamWriter _metrics, _epochs;

    private RunFolder(string path, TrainedModel model, Session session)
    {
        (FullName, _model, _session) = (path, model, session);
        _metrics = NewWriter(MetricsFile);
        _epochs = NewWriter(EpochsFile);
    }

    /// <summary>Where it lies.</summary>
    public string FullName { get; }

    /// <summary>Makes the folder and writes <c>args.json</c>; a failure leaves no new folder behind.</summary>
    /// <param name="path">A folder that does not exist yet or is empty.</param>
    /// <param name="arguments">What <c>args.json</c> says.</param>
    /// <param name="model">What the weights files say of the model.</param>
    /// <param name="session">Whose weights are saved.</param>
    /// <exception cref="ArgumentException">The folder has files already.</exception>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    public static RunFolder Create(string path, JsonNode arguments, TrainedModel model, Session session)
    {
        RequireNew(path);
        try
        {
            return Make(path, arguments, model, session);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{path}: expected a folder that --output-dir can write to, found: {e.Message}", e);
        }
    }

    /// <summary>Fails if there is something of that name already, but for an empty folder.</summary>
    /// <exception cref="ArgumentException">Names it.</exception>
    public static void RequireNew(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw new ArgumentException("--output-dir: expected a folder's name, found none");
        if (File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()))
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
        }));
        WriteLine(_epochs, string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Epoch},{report.TrainLoss},{report.TrainAccuracy},{report.TestLoss},{report.TestAccuracy},"
            + $"{report.ImagesPerSecond},{report.PeakBytes}"));
        if (report.IsBest)
            _model.Save(Path.Combine(FullName, BestWeightsFile), _session);
    }

    /// <inheritdoc/>
    public void Ended(TrainingSummary summary) => _model.Save(Path.Combine(FullName, WeightsFile), _session);

    /// <inheritdoc/>
    public void Dispose()
    {
        _metrics.Dispose();
        _epochs.Dispose();
    }

    private static RunFolder Make(string path, JsonNode arguments, TrainedModel model, Session session)
    {
        bool isNew = !Directory.Exists(path);
        Directory.CreateDirectory(path);
        try
        {
            WholeFile.Write(
                Path.Combine(path, ArgumentsFile), stream => JsonSerializer.Serialize(stream, arguments, Indented));
            RunFolder folder = new(Path.GetFullPath(path), model, session);
            WriteLine(
                folder._epochs, "epoch,trainLoss,trainAccuracy,testLoss,testAccuracy,imagesPerSecond,peakBytes");
            return folder;
        }
        catch when (isNew)
        {
            Directory.Delete(path, recursive: true);
            throw;
        }
    }

    private StreamWriter NewWriter(string name)
    {
        FileStream stream = new(Path.Combine(FullName, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        return new StreamWriter(stream) { NewLine = "\n" };
    }

    private static void WriteLine(StreamWriter writer, string line)
    {
        writer.WriteLine(line);
        writer.Flush();
    }
}
