using System.Diagnostics;
using DenseNetRaw.Backends;
using DenseNetRaw.Data;
using DenseNetRaw.Models;

namespace DenseNetRaw.Training;

/// <summary>
/// Trains a model: epochs of steps over batches that a loader makes ahead, an evaluation after each epoch, and
/// observers that are told. Everything is checked, planned and allocated when it is made.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly TrainingSettings _settings;
    private readonly ImageDataset _training, _evaluation;
    private readonly BatchLoader _loader;
    private readonly Evaluator _evaluator;
    private readonly Stopwatch _elapsed = new();
    private readonly Queue<BegunStep> _underWay;
    private IReadOnlyList<ITrainingObserver> _observers = [];
    private long _stepsBegun, _stepsPlayed, _lastEnd;
    private EpochReport? _last, _best;

    /// <summary>Checks, plans and allocates; the parameters have their initial values.</summary>
    /// <param name="model">The model.</param>
    /// <param name="backend">Where it runs; the caller disposes of it.</param>
    /// <param name="training">The images trained on.</param>
    /// <param name="evaluation">The images that each epoch is evaluated on.</param>
    /// <param name="settings">The recipe.</param>
    /// <exception cref="ArgumentException">
    /// A setting is impossible, or the data does not fit it or the model.
    /// </exception>
    /// <exception cref="InsufficientMemoryException">The plan does not fit the device.</exception>
    public Trainer(
        Model model, Backend backend, ImageDataset training, ImageDataset evaluation, TrainingSettings settings)
    {
        settings.Validate();
        model.Configuration.RequireFit(training);
        model.Configuration.RequireFit(evaluation);
        (_settings, _training, _evaluation) = (settings, training, evaluation);
        Normalization = settings.Normalization ?? training.Normalization;
        int evaluationBatch = Math.Min(settings.BatchSize, evaluation.Count);
        _loader = new BatchLoader(training, LoaderOptions(backend));
        try
        {
            Session = new Session(model, backend, new SessionSettings
            {
                TrainingBatchSizes = Evaluator.BatchSizes(training.Count, settings.BatchSize),
                EvaluationBatchSizes = Evaluator.BatchSizes(evaluation.Count, evaluationBatch),
                Memory = settings.Memory,
                BudgetBytes = settings.BudgetBytes,
                Seed = settings.Seed,
                Sgd = settings.Sgd,
                DetectsAnomalies = settings.DetectsAnomalies,
            });
        }
        catch
        {
            _loader.Dispose();
            throw;
        }

        _underWay = new Queue<BegunStep>(Session.StepsAhead);
        _evaluator = new Evaluator(Session, evaluation, Normalization, evaluationBatch);
    }

    /// <summary>The model, its parameters and its planned steps.</summary>
    public Session Session { get; }

    /// <summary>The images trained on.</summary>
    public ImageDataset Images => _training;

    /// <summary>The mean and standard deviation that images are normalised with.</summary>
    public Normalization Normalization { get; }

    /// <summary>The recipe.</summary>
    public TrainingSettings Settings => _settings;

    /// <summary>Where the run stood when a checkpoint was last due, or when it ended.</summary>
    public TrainingPosition Position { get; private set; } = TrainingPosition.Start;

    /// <summary>The settings that cannot change when a run goes on.</summary>
    public RunIdentity Identity => field ??= new RunIdentity(
        _settings.Seed, _settings.BatchSize, _settings.Augmentation, _settings.Shuffle, DataIdentity.Of(_training),
        DataIdentity.Of(_evaluation));

    /// <summary>Steps of the run.</summary>
    private long TotalSteps =>
        Math.Min((long)_settings.Epochs * _loader.BatchesPerEpoch, _settings.MaxSteps ?? long.MaxValue);

    /// <summary>Whether the run, where it stands, has no step and no evaluation left to play.</summary>
    public bool IsOver => (Position.StepInEpoch == 0 || Position.IsEpochOver) && Position.Step >= TotalSteps;

    /// <summary>Goes on from a checkpoint: the session gets its numbers, and the run its place.</summary>
    /// <exception cref="ArgumentException">The run is another; names the setting.</exception>
    /// <exception cref="InvalidDataException">A file of the checkpoint is wrong.</exception>
    public void Resume(Checkpoint checkpoint)
    {
        checkpoint.Manifest.Run.RequireSame(Identity, checkpoint.FullName);
        checkpoint.Manifest.Model.RequireSame(Session.Model.Configuration, Normalization, checkpoint.FullName);
        checkpoint.Restore(Session);
        Position = checkpoint.Manifest.Position;
        _stepsBegun = _stepsPlayed = Position.Step;
        (_last, _best) = (Position.Last, Position.Best);
    }

    /// <summary>
    /// Trains to the end, or until cancelled: then the step under way is finished, a checkpoint saved, and no more.
    /// </summary>
    /// <exception cref="NotFiniteNumberException">
    /// The loss or the norm of the gradients is no longer a finite number; nothing was saved of that step.
    /// </exception>
    public TrainingSummary Run(IReadOnlyList<ITrainingObserver> observers, CancellationToken cancellation = default)
    {
        _observers = observers;
        Tell(observer => observer.Started(Start()));
        _elapsed.Restart();
        bool isStopped = cancellation.IsCancellationRequested;
        bool isMidEpoch = Position.StepInEpoch > 0 && !Position.IsEpochOver;
        for (int epoch = Position.IsEpochOver ? Position.Epoch + 1 : Position.Epoch;
            (isMidEpoch || _stepsPlayed < TotalSteps) && !isStopped;
            epoch++)
        {
            isStopped = !RunEpoch(epoch, cancellation);
            isMidEpoch = false;
        }

        if (isStopped)
            Tell(observer => observer.CheckpointDue(this, null));
        TrainingSummary summary = new(_stepsPlayed, _last, _best, isStopped, _elapsed.Elapsed, Session.Plan.PeakBytes);
        Tell(observer => observer.Ended(summary));
        return summary;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _loader.Dispose();
        _evaluator.Dispose();
        Session.Dispose();
    }

    private BatchOptions LoaderOptions(Backend backend) => new()
    {
        BatchSize = _settings.BatchSize,
        Seed = _settings.Seed,
        Shuffle = _settings.Shuffle,
        Augmentation = _settings.Augmentation,
        Normalization = Normalization,
        IsRaw = Session.TakesRaw(backend, _settings.DetectsAnomalies),
    };

    private TrainingStart Start() => new(
        _settings.Epochs,
        _loader.BatchesPerEpoch,
        TotalSteps,
        _training.Count,
        _evaluation.Count,
        Session.Model.Parameters.Sum(parameter => (long)parameter.Shape.Count),
        Session.Plan.Planned);

    /// <summary>
    /// Trains and evaluates an epoch, or what <c>MaxSteps</c> leaves of it; false if it was cancelled.
    /// </summary>
    private bool RunEpoch(int epoch, CancellationToken cancellation)
    {
        double learningRate = _settings.Schedule.At(epoch);
        (int done, EpochSums sums) = Position.Epoch == epoch ? (Position.StepInEpoch, Position.Sums) : (0, default);
        long stepsBefore = _stepsPlayed - done;
        _loader.StartEpoch(epoch, done);
        for (int step = done + 1; step <= _loader.BatchesPerEpoch && _stepsBegun < TotalSteps; step++)
        {
            BeginStep(epoch, step, learningRate);
            if (Session.StepsUnderWay == Session.StepsAhead)
                sums = FinishStep(sums);
            if (cancellation.IsCancellationRequested)
                break;
            if (step < _loader.BatchesPerEpoch && _settings.Checkpoints.IsDueAfter(_stepsBegun))
            {
                sums = FinishAll(sums);
                Position = At(epoch, stepsBefore, sums);
                Tell(observer => observer.CheckpointDue(this, null));
            }
        }

        sums = FinishAll(sums);
        Position = At(epoch, stepsBefore, sums);
        if (cancellation.IsCancellationRequested)
            return false;
        EvaluationResult? evaluated = _evaluator.Run(
            (images, of) => Tell(observer => observer.EvaluationAdvanced(images, of)), cancellation);
        if (evaluated is not EvaluationResult test)
            return false;
        RequireFinite(test.Loss, $"the evaluation loss after epoch {epoch}", TooHigh(learningRate));
        bool isBest = _best is null || test.Accuracy > _best.TestAccuracy;
        _last = new EpochReport(
            epoch, learningRate, sums.Loss, sums.Accuracy, test.Loss, test.Accuracy, sums.ImagesPerSecond,
            Session.Plan.PeakBytes, isBest)
        {
            TestExitAccuracies = test.ExitAccuracies,
        };
        _best = isBest ? _last : _best;
        Tell(observer => observer.EpochEnded(_last));

        // Of an epoch that MaxSteps cut short the position stays before its end: with more steps it goes on there.
        if (Position.StepInEpoch == _loader.BatchesPerEpoch)
            Position = At(epoch, stepsBefore, sums);
        if (_settings.Checkpoints.IsDueAfterEpoch(_stepsPlayed, isBest, isEnd: _stepsPlayed >= TotalSteps))
            Tell(observer => observer.CheckpointDue(this, Position.IsEpochOver ? test.Accuracy : null));
        return true;
    }

    private TrainingPosition At(int epoch, long stepsBefore, in EpochSums sums) =>
        new(_stepsPlayed, epoch, (int)(_stepsPlayed - stepsBefore), sums, _last, _best);

    private EpochSums FinishAll(EpochSums sums)
    {
        while (Session.StepsUnderWay > 0)
            sums = FinishStep(sums);
        return sums;
    }

    private void BeginStep(int epoch, int stepInEpoch, double learningRate)
    {
        long begin = Stopwatch.GetTimestamp();
        if (!_loader.TryNext(out Batch? batch))
            throw new InvalidOperationException($"The loader ended epoch {epoch} before step {stepInEpoch}.");

        double waited = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        try
        {
            Session.BeginTraining(batch, learningRate);
        }
        catch (NotFiniteNumberException e)
        {
            throw new NotFiniteNumberException($"step {_stepsBegun + 1} in epoch {epoch}: {e.Message}", e);
        }

        _stepsBegun++;
        _underWay.Enqueue(new BegunStep(epoch, stepInEpoch, learningRate, begin, waited));
    }

    /// <summary>The sums with the oldest step under way, of which observers are told.</summary>
    private EpochSums FinishStep(in EpochSums sums)
    {
        BegunStep step = _underWay.Dequeue();
        StepResult result = Session.Finish();
        _stepsPlayed++;
        RequireFinite(result, step);

        // Of a step that began before the one ahead of it ended, what comes after that end is its own.
        double milliseconds = Stopwatch.GetElapsedTime(Math.Max(step.Began, _lastEnd)).TotalMilliseconds;
        StepReport report = new(
            _stepsPlayed, step.Epoch, step.StepInEpoch, result, step.LearningRate, milliseconds, step.DataMilliseconds);
        foreach (ITrainingObserver observer in _observers)
            observer.StepEnded(report);
        _lastEnd = Stopwatch.GetTimestamp();
        return sums.With(report);
    }

    private void RequireFinite(in StepResult result, in BegunStep step)
    {
        if (double.IsFinite(result.Loss) && double.IsFinite(result.GradientNorm))
            return;

        string of = $"of step {_stepsPlayed} in epoch {step.Epoch}";
        string cause = _stepsPlayed == 1
            ? "the initial weights or the images are wrong"
            : TooHigh(step.LearningRate);
        RequireFinite(result.Loss, $"the loss {of}", $"{cause}; {Finding}");
        RequireFinite(result.GradientNorm, $"the norm of the gradients {of}", $"{cause}; {Finding}");
    }

    private string Finding => _settings.DetectsAnomalies
        ? "every value that its calls wrote was finite, but their sum of squares is not"
        : "--detect-anomaly finds the operation that made it so";

    private static string TooHigh(double learningRate) =>
        FormattableString.Invariant($"the learning rate {learningRate} may be too high");

    private static void RequireFinite(double number, string what, string cause)
    {
        if (!double.IsFinite(number))
        {
            throw new NotFiniteNumberException(
                FormattableString.Invariant($"{what} should be a finite number, found {number}: {cause}"));
        }
    }

    private void Tell(Action<ITrainingObserver> what)
    {
        foreach (ITrainingObserver observer in _observers)
            what(observer);
    }

    /// <summary>What is known of a step when it begins.</summary>
    /// <param name="Epoch">Its epoch.</param>
    /// <param name="StepInEpoch">Its number in the epoch.</param>
    /// <param name="LearningRate">Its learning rate.</param>
    /// <param name="Began">When its batch was asked for.</param>
    /// <param name="DataMilliseconds">Time waited for the batch.</param>
    private readonly record struct BegunStep(
        int Epoch, int StepInEpoch, double LearningRate, long Began, double DataMilliseconds);
}
