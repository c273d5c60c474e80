using System.Diagnostics;
using System.Globalization;
using DenseNetRaw.Training;
using Spectre.Console;

namespace DenseNetRaw.Cli;

/// <summary>
/// A live display in the terminal, drawn on a thread of its own: at most four times a second, and with pauses of a
/// hundred times what drawing took, so that it costs about 1 % of a core; but at least every two seconds, or nothing
/// would move while a run begins: the first frame takes hundreds of milliseconds, as the code that draws is compiled
/// then.
/// </summary>
internal sealed class LiveProgress : ITrainingObserver, IDisposable
{
    private const int ShownEpochs = 8;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private readonly IAnsiConsole _console;
    private readonly string _title, _evaluation;
    private readonly Lock _lock = new();
    private readonly ManualResetEventSlim _done = new();
    private readonly Stopwatch _elapsed = new();
    private readonly Queue<EpochReport> _epochs = new();
    private readonly Thread _thread;
    private TrainingStart? _start;
    private StepReport _step;
    private double _lossSum, _milliseconds;
    private int _correct, _images;
    private string _activity = "starting";

    /// <summary>Starts to draw when the run starts.</summary>
    /// <param name="console">The terminal.</param>
    /// <param name="title">What is trained on what.</param>
    /// <param name="evaluation">What the images of the evaluations are: test or validation.</param>
    public LiveProgress(IAnsiConsole console, string title, string evaluation)
    {
        (_console, _title, _evaluation) = (console, title, evaluation);
        _thread = new Thread(Draw) { IsBackground = true, Name = "Live display" };
    }

    /// <inheritdoc/>
    public void Started(TrainingStart start)
    {
        _start = start;
        _elapsed.Start();
        _thread.Start();
    }

    /// <inheritdoc/>
    public void StepEnded(in StepReport report)
    {
        lock (_lock)
        {
            if (report.StepInEpoch == 1)
                (_lossSum, _milliseconds, _correct, _images) = (0, 0, 0, 0);
            _step = report;
            _activity = "training";
            _lossSum += report.Result.Loss * report.Result.Images;
            _milliseconds += report.Milliseconds;
            _correct += report.Result.Correct;
            _images += report.Result.Images;
        }
    }

    /// <inheritdoc/>
    public void EvaluationAdvanced(int images, int ofImages)
    {
        lock (_lock)
            _activity = Text($"evaluating {images:N0}/{ofImages:N0}");
    }

    /// <inheritdoc/>
    public void EpochEnded(EpochReport report)
    {
        lock (_lock)
        {
            if (_epochs.Count == ShownEpochs)
                _epochs.Dequeue();
            _epochs.Enqueue(report);
        }
    }

    /// <inheritdoc/>
    public void Ended(TrainingSummary summary)
    {
        lock (_lock)
            _activity = summary.IsStopped ? "stopped" : "done";
    }

    /// <summary>Draws once more and gives the terminal back.</summary>
    public void Dispose()
    {
        _done.Set();
        if (_thread.IsAlive)
            _thread.Join();
        _done.Dispose();
    }

    /// <summary>How long to wait before the next frame.</summary>
    internal static TimeSpan PauseAfter(TimeSpan drawing) =>
        TimeSpan.FromTicks(Math.Clamp(100 * drawing.Ticks, ShortestPause.Ticks, LongestPause.Ticks));

    private void Draw() => _console.Live(new Text(_title)).Start(display =>
    {
        bool isLast;
        do
        {
            isLast = _done.IsSet;
            long begin = Stopwatch.GetTimestamp();
            display.UpdateTarget(Frame());
            if (!isLast)
                _done.Wait(PauseAfter(Stopwatch.GetElapsedTime(begin)));
        }
        while (!isLast);
    });

    private Rows Frame()
    {
        lock (_lock)
            return new Rows(new Text(_title, new Style(decoration: Decoration.Bold)), Epochs(), Numbers(), Bar());
    }

    private Table Epochs()
    {
        Table table = ConsoleTables.New(
            ("epoch", true), ("lr", true), ("train loss", true), ("train acc", true),
            ($"{_evaluation} loss", true), ($"{_evaluation} acc", true), ("img/s", true));
        foreach (EpochReport epoch in _epochs)
        {
            table.AddPlainRow(
                Text($"{epoch.Epoch}"),
                Text($"{epoch.LearningRate:G4}"),
                Text($"{epoch.TrainLoss:F4}"),
                Text($"{epoch.TrainAccuracy:P1}"),
                Text($"{epoch.TestLoss:F4}"),
                Text($"{epoch.TestAccuracy:P1}{(epoch.IsBest ? "*" : " ")}"),
                Text($"{epoch.ImagesPerSecond:N0}"));
        }

        return table;
    }

    private Text Numbers()
    {
        if (_start is not { } start || _images == 0)
            return new Text(_activity);

        double accuracy = (double)_correct / _images, imagesPerSecond = _images / (_milliseconds / 1000);
        string means = Text($"(mean {_lossSum / _images:F4})  accuracy {accuracy:P1}");
        string memory = Units.Words(start.Memory), process = Units.Mebibytes(Environment.WorkingSet);
        return new Text(Text(
            $"""
            epoch {_step.Epoch}/{start.Epochs}  step {_step.StepInEpoch:N0}/{start.StepsOf(_step.Epoch):N0}  {_activity}
            loss {_step.Result.Loss:F4} {means}  lr {_step.LearningRate:G4}  {imagesPerSecond:N0} images/s
            memory: {memory}
            process: {process}
            """));
    }

    private Markup Bar()
    {
        const int Cells = 40;
        double share = _start is { } start ? (double)_step.Step / start.TotalSteps : 0;
        int full = (int)(share * Cells);
        TimeSpan elapsed = _elapsed.Elapsed;
        double seconds = elapsed.TotalSeconds * (1 - share) / share;
        string left = share > 0 ? Units.Time(seconds) : "?";
        return new Markup(
            $"[green]{new string('━', full)}[/][grey]{new string('─', Cells - full)}[/] "
            + Text($"{share:P0}  {Units.Time(elapsed)} gone, {left} left"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
