using System.Globalization;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary>
/// Lines in torchvision's format: medians of the last 20 steps, means of the epoch in brackets, times in seconds,
/// memory in MiB as planned.
/// </summary>
/// <param name="output">Where they go.</param>
/// <param name="title">What is trained on what.</param>
/// <param name="evaluation">What the images of the evaluations are: test or validation.</param>
/// <param name="printFrequency">Steps between two lines.</param>
internal sealed class PlainProgress(TextWriter output, string title, string evaluation, int printFrequency)
    : ITrainingObserver
{
    private TrainingStart? _start;
    private SmoothedValue _loss = new(), _accuracy = new(), _imagesPerSecond = new();
    private SmoothedValue _seconds = new(), _dataSeconds = new();

    /// <inheritdoc/>
    public void Started(TrainingStart start)
    {
        _start = start;
        bool isShort = start.TotalSteps < (long)start.Epochs * start.StepsPerEpoch;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{title}: {start.Parameters:N0} parameters, {start.TrainingImages:N0} training and "
            + $"{start.EvaluationImages:N0} {evaluation} images, {Count(start.Epochs, "epoch")} of "
            + $"{Count(start.StepsPerEpoch, "step")}"
            + $"{(isShort ? $", ending after {Count((int)start.TotalSteps, "step")}" : "")}"));
        output.WriteLine($"memory: {Units.Words(start.Memory)}");
    }

    /// <inheritdoc/>
    public void StepEnded(in StepReport report)
    {
        if (report.StepInEpoch == 1)
            (_loss, _accuracy, _seconds, _dataSeconds, _imagesPerSecond) = (new(), new(), new(), new(), new());
        int images = report.Result.Images;
        _loss.Add(report.Result.Loss, images);
        _accuracy.Add(100.0 * report.Result.Correct / images, images);
        _seconds.Add(report.Milliseconds / 1000);
        _dataSeconds.Add(report.DataMilliseconds / 1000);
        _imagesPerSecond.Add(images / (report.Milliseconds / 1000));
        bool isLast = report.StepInEpoch == _start!.StepsOf(report.Epoch);
        if (isLast || report.StepInEpoch % printFrequency == 0)
            WriteStep(report, _start);
    }

    /// <inheritdoc/>
    public void EpochEnded(EpochReport report)
    {
        WriteLine(
            $"{char.ToUpperInvariant(evaluation[0])}{evaluation[1..]}: [{report.Epoch}]  loss: {report.TestLoss:F4}");
        WriteLine($" * Acc@1 {100 * report.TestAccuracy:F3}{(report.IsBest ? " (best)" : "")}");
    }

    /// <inheritdoc/>
    public void Ended(TrainingSummary summary) => WriteLine($"Training time {Units.Time(summary.Elapsed)}");

    private void WriteStep(in StepReport report, TrainingStart start)
    {
        int steps = start.StepsOf(report.Epoch);
        double left = (steps - report.StepInEpoch) * _seconds.Mean;
        int width = $"{steps}".Length;
        string count = report.StepInEpoch.ToString(CultureInfo.InvariantCulture).PadLeft(width);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Epoch: [{report.Epoch}]  [{count}/{steps}]  eta: {Units.Time(left)}  "
            + $"lr: {report.LearningRate:G6}  "
            + $"img/s: {_imagesPerSecond.Median:F1}  loss: {_loss.Median:F4} ({_loss.Mean:F4})  "
            + $"acc1: {_accuracy.Median:F1} ({_accuracy.Mean:F1})  "
            + $"time: {_seconds.Median:F4}  data: {_dataSeconds.Median:F4}  "
            + $"max mem: {Mebibytes(start.Memory.TotalBytes)}"));
    }

    private static string Count(int count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {noun}{(count == 1 ? "" : "s")}");

    /// <summary>MiB, rounded up so that they suffice, with one decimal below 10.</summary>
    private static string Mebibytes(long bytes)
    {
        double mebibytes = Math.Ceiling(10 * bytes / Units.MebibyteBytes) / 10;
        return mebibytes < 10
            ? mebibytes.ToString("F1", CultureInfo.InvariantCulture)
            : Math.Ceiling(mebibytes).ToString("F0", CultureInfo.InvariantCulture);
    }

    private void WriteLine(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
