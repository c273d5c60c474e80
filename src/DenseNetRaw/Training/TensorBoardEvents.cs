using System.Globalization;
using DenseNetRaw.Serialization;

namespace DenseNetRaw.Training;

/// <summary>
/// Scalars of a run as TensorBoard reads them, in a file <c>events.out.tfevents.UNIXTIME.HOST.PROCESS.NUMBER</c>, each
/// record flushed when it is written. Every step: <c>train/loss</c>, <c>train/gradient_norm</c>, <c>train/lr</c>,
/// <c>train/images_per_second</c>; every epoch, at its last step: <c>train/accuracy</c>, <c>test/loss</c>,
/// <c>test/accuracy</c>,
/// <c>memory/peak_bytes</c>. Values are float32. Records are tensorflow/core/util/event.proto in
/// <see cref="RecordFraming"/>.
/// </summary>
public sealed class TensorBoardEvents : ITrainingObserver, IDisposable
{
    private const string Prefix = "events.out.tfevents.";

    private const int EventWallTime = 1, EventStep = 2, EventFileVersion = 3, EventSummary = 5, EventSessionLog = 7;
    private const int SummaryValue = 1, ValueTag = 1, ValueSimple = 2;
    private const int SessionLogStatus = 1, SessionStart = 1;
    private const string FileVersion = "brain.Event:2";

    private readonly FileStream _stream;
    private long _step;

    private TensorBoardEvents(FileStream stream) => _stream = stream;

    /// <summary>The file.</summary>
    public string FullName => _stream.Name;

    /// <summary>
    /// Begins a file in a folder that exists; where others are there, of the parts of a run that was resumed, its
    /// number is the next, and it says first that a session starts, so that TensorBoard drops what they have of steps
    /// that are played again.
    /// </summary>
    /// <param name="folder">The run's.</param>
    /// <param name="step">Steps played before.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static TensorBoardEvents Create(string folder, long step = 0)
    {
        int number = Directory.EnumerateFiles(folder, $"{Prefix}*").Select(NumberOf).Append(-1).Max() + 1;
        string name = string.Create(
            CultureInfo.InvariantCulture,
            $"{Prefix}{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}.{Environment.MachineName}.{Environment.ProcessId}."
            + $"{number}");
        TensorBoardEvents events = new(
            new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read))
        {
            _step = step,
        };
        events.Write(NewEvent().Text(EventFileVersion, FileVersion));
        if (number > 0)
        {
            events.Write(NewEvent().Integer(EventStep, step + 1).Message(
                EventSessionLog, new ProtobufMessage().Integer(SessionLogStatus, SessionStart)));
        }

        return events;
    }

    /// <inheritdoc/>
    public void StepEnded(in StepReport report)
    {
        const double MillisecondsOfSecond = 1000;
        _step = report.Step;
        WriteScalars(
            ("train/loss", report.Result.Loss),
            ("train/gradient_norm", report.Result.GradientNorm),
            ("train/lr", report.LearningRate),
            ("train/images_per_second", MillisecondsOfSecond * report.Result.Images / report.Milliseconds));
    }

    /// <inheritdoc/>
    public void EpochEnded(EpochReport report) => WriteScalars(
        ("train/accuracy", report.TrainAccuracy),
        ("test/loss", report.TestLoss),
        ("test/accuracy", report.TestAccuracy),
        ("memory/peak_bytes", report.PeakBytes));

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>The number at the end of a file's name; -1 where there is none.</summary>
    private static int NumberOf(string path) => int.TryParse(
        path.AsSpan(path.LastIndexOf('.') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        ? number
        : -1;

    private static ProtobufMessage NewEvent()
    {
        const double MillisecondsOfSecond = 1000;
        return new ProtobufMessage().Double(
            EventWallTime, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / MillisecondsOfSecond);
    }

    private void WriteScalars(params ReadOnlySpan<(string Tag, double Value)> scalars)
    {
        ProtobufMessage summary = new();
        foreach ((string tag, double value) in scalars)
        {
            summary.Message(
                SummaryValue, new ProtobufMessage().Text(ValueTag, tag).Single(ValueSimple, (float)value));
        }

        Write(NewEvent().Integer(EventStep, _step).Message(EventSummary, summary));
    }

    private void Write(ProtobufMessage message)
    {
        _stream.Write(RecordFraming.Frame(message.ToArray()));
        _stream.Flush();
    }
}
