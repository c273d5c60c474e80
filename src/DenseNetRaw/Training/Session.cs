using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Data;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;

namespace DenseNetRaw.Training;

/// <summary>
/// A model on a backend: its parameters, one arena, and a planned step for each batch size and mode that it will meet.
/// All memory is allocated here; a step allocates nothing.
/// </summary>
public sealed class Session : IDisposable
{
    private readonly DeviceMemory _arena;
    private readonly Action<Backend> _descend;
    private readonly Queue<UnderWay> _underWay;

    /// <summary>Records and plans every step, allocates, and draws the initial parameters.</summary>
    /// <param name="model">The model.</param>
    /// <param name="backend">Where it runs; the caller disposes of it.</param>
    /// <param name="settings">Batch sizes, memory strategy, seed and optimiser.</param>
    /// <exception cref="InsufficientMemoryException">
    /// The plan does not fit the budget or the device, or the device refused it; the numbers are in the message.
    /// </exception>
    public Session(Model model, Backend backend, SessionSettings settings)
        : this(new SessionPlan(model, backend, settings, isForThisDevice: true))
    {
    }

    /// <summary>Allocates what was planned, and draws the initial parameters.</summary>
    /// <param name="plan">
    /// For this device, and for one session alone: its storages get their addresses here.
    /// </param>
    /// <exception cref="InsufficientMemoryException">
    /// The plan does not fit the budget or the device, or the device refused it; the numbers are in the message.
    /// </exception>
    public Session(SessionPlan plan)
    {
        Plan = plan;
        Plan.RequireFit();
        (Parameters, _arena) = Allocate();
        _descend = _ => Parameters.Descend(Plan.Settings.Sgd);
        _underWay = new Queue<UnderWay>(StepsAhead);
        foreach (RecordedStep step in Plan.Steps.Values)
        {
            step.Plan.Bind(_arena);
        }
    }

    /// <summary>The model.</summary>
    public Model Model => Plan.Model;

    /// <summary>Where it runs.</summary>
    public Backend Backend => Plan.Backend;

    /// <summary>The planned steps and what they need.</summary>
    public SessionPlan Plan { get; }

    /// <summary>What outlives a step.</summary>
    public ParameterStore Parameters { get; }

    /// <summary>Bytes that were allocated for the arena.</summary>
    public long ArenaBytes => _arena.Bytes;

    /// <summary>Training steps played, or begun.</summary>
    public uint StepsPlayed { get; private set; }

    /// <summary>How many steps may be under way: more than one where a device works while the host goes on.</summary>
    public int StepsAhead => TakesRawBatches ? ((IStepQueue)Backend).Capacity : 1;

    /// <summary>
    /// Whether batches come as bytes, which the device makes its input of; else normalised by the loader.
    /// </summary>
    public bool TakesRawBatches => TakesRaw(Backend, Plan.Settings.DetectsAnomalies);

    /// <summary>Steps that were begun and not finished.</summary>
    public int StepsUnderWay => _underWay.Count;

    /// <summary>The recorded step for a batch size and mode.</summary>
    /// <exception cref="ArgumentException">None was planned for it.</exception>
    public RecordedStep StepFor(int batchSize, bool isTraining) =>
        Plan.Steps.TryGetValue((batchSize, isTraining), out RecordedStep? step)
            ? step
            : throw new ArgumentException(
                $"no {(isTraining ? "training" : "evaluation")} step was planned for a batch of {batchSize}");

    /// <summary>Forward, backward and one update of the parameters.</summary>
    /// <param name="pixels">[N, 3, H, W], already normalised.</param>
    /// <param name="labels">One class index an image.</param>
    /// <param name="learningRate">The optimiser's step length.</param>
    public StepResult Train(ReadOnlySpan<float> pixels, ReadOnlySpan<int> labels, double learningRate)
    {
        SetStep(learningRate);
        StepResult result = Play(StepFor(labels.Length, isTraining: true), pixels, labels, _descend);
        CountStep();
        return result;
    }

    /// <summary>Forward alone, with running statistics.</summary>
    /// <param name="pixels">[N, 3, H, W], already normalised.</param>
    /// <param name="labels">One class index an image.</param>
    public StepResult Evaluate(ReadOnlySpan<float> pixels, ReadOnlySpan<int> labels) =>
        Play(StepFor(labels.Length, isTraining: false), pixels, labels);

    /// <summary>
    /// Begins forward, backward and one update of the parameters on a loader's batch, whose buffers may change at once.
    /// </summary>
    /// <exception cref="InvalidOperationException">As many steps as there may be are under way.</exception>
    public void BeginTraining(Batch batch, double learningRate)
    {
        SetStep(learningRate);
        Begin(StepFor(batch.Count, isTraining: true), batch, _descend);
        CountStep();
    }

    /// <summary>Begins a forward pass with running statistics on a loader's batch.</summary>
    /// <inheritdoc cref="BeginTraining" path="/exception"/>
    public void BeginEvaluation(Batch batch) => Begin(StepFor(batch.Count, isTraining: false), batch, null);

    /// <summary>What came of the oldest step under way, for which it waits.</summary>
    /// <exception cref="InvalidOperationException">None is.</exception>
    public StepResult Finish()
    {
        UnderWay step = _underWay.Dequeue();
        if (step.Result is { } played)
        {
            return played;
        }

        (double loss, int correct, double squares) = ((IStepQueue)Backend).Finish(step.Number);
        return new StepResult(loss, correct, step.Images, Math.Sqrt(squares));
    }

    /// <summary>A zero for each exit that answers in evaluation; null where there is one.</summary>
    internal int[]? NewCountsOfExits() =>
        Plan.Steps.FirstOrDefault(step => !step.Key.IsTraining).Value?.Exits is { Count: > 1 } exits
            ? new int[exits.Count]
            : null;

    /// <summary>Adds how many images each exit classified correctly in the last evaluation of so many.</summary>
    /// <remarks>Good until another step is played, and so only where none goes on ahead of the host.</remarks>
    internal void AddCorrectAtExits(int images, int[] correct)
    {
        RecordedStep step = StepFor(images, isTraining: false);
        for (int exit = 0; exit < correct.Length; exit++)
        {
            correct[exit] += (int)Number(step.Exits[exit].Correct.Value);
        }
    }

    /// <summary>The logits of the images, with running statistics.</summary>
    /// <param name="pixels">[N, 3, H, W], already normalised.</param>
    /// <param name="count">N.</param>
    /// <param name="logits">Receives [N, classes].</param>
    public void Predict(ReadOnlySpan<float> pixels, int count, Span<float> logits)
    {
        RecordedStep step = StepFor(count, isTraining: false);
        Play(step, pixels, new int[count]);
        Backend.Download(step.Logits.Value, logits);
    }

    /// <summary>Counts on from so many steps, which parameters and momentum have behind them.</summary>
    internal void ContinueFrom(uint stepsPlayed) => StepsPlayed = stepsPlayed;

    /// <inheritdoc cref="TakesRawBatches"/>
    internal static bool TakesRaw(Backend backend, bool detectsAnomalies) => backend is IStepQueue && !detectsAnomalies;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (UnderWay step in _underWay)
        {
            (Backend as IStepQueue)?.Abandon(step.Number);
        }

        _underWay.Clear();
        Parameters.Dispose();
        _arena.Dispose();
    }

    private (ParameterStore Parameters, DeviceMemory Arena) Allocate()
    {
        ParameterStore? parameters = null;
        try
        {
            parameters = new ParameterStore(Model, Backend, Plan.Settings.Seed);
            return (parameters, Backend.Allocate(Plan.PeakBytes));
        }
        catch (OutOfMemoryException e)
        {
            parameters?.Dispose();
            throw new InsufficientMemoryException(MemoryAdvice.ForRefusal(Plan, Backend), e);
        }
    }

    private void SetStep(double learningRate) =>
        Backend.Step = new StepState(Plan.Settings.Seed, StepsPlayed + 1, learningRate);

    private void CountStep()
    {
        Parameters.CountBatch();
        StepsPlayed++;
    }

    private void Begin(RecordedStep step, Batch batch, Action<Backend>? then)
    {
        if (StepsUnderWay == StepsAhead)
        {
            throw new InvalidOperationException($"{StepsAhead} steps are under way, as many as there may be");
        }

        ReadOnlySpan<int> labels = batch.Labels.AsSpan(0, batch.Count);
        int values = checked((int)step.Images.Shape.Count);
        if (batch.Raw is null)
        {
            StepResult result = Play(step, batch.Pixels.AsSpan(0, values), labels, then);
            _underWay.Enqueue(new UnderWay(0, batch.Count, result));
            return;
        }

        IStepQueue queue = Backend as IStepQueue
            ?? throw new ArgumentException($"the {Backend.Name} backend takes normalised images, found raw ones");
        RequireValues(step, batch.Count * batch.Raw.ImageBytes);
        RequireClasses(labels);
        StepEnds ends = step.Ends with { Squares = then is null ? null : Parameters.GradientSquares };
        _underWay.Enqueue(new UnderWay(queue.Begin(batch, step.Plan, ends, then), batch.Count, null));
    }

    private StepResult Play(
        RecordedStep step, ReadOnlySpan<float> pixels, ReadOnlySpan<int> labels, Action<Backend>? then = null)
    {
        RequireValues(step, pixels.Length);
        RequireClasses(labels);
        Backend.Upload(pixels, step.Images.Value);
        Backend.Upload(labels, step.Labels.Value);
        if (Plan.Settings.DetectsAnomalies)
        {
            new AnomalyPlay(step.Plan, Backend).Play(then);
        }
        else
        {
            Backend.Play(step.Plan, then);
        }

        double squares = then is null ? 0 : Number(Parameters.GradientSquares);
        return new StepResult(
            Number(step.Loss.Value), (int)Number(step.Correct.Value), labels.Length, Math.Sqrt(squares));
    }

    private double Number(Tensor scalar)
    {
        Span<double> number = stackalloc double[1];
        Backend.Download(scalar, number);
        return number[0];
    }

    private static void RequireValues(RecordedStep step, int found)
    {
        if (found != step.Images.Shape.Count)
        {
            throw new ArgumentException($"{step.Images} takes {step.Images.Shape.Count} values, found {found}");
        }
    }

    private void RequireClasses(ReadOnlySpan<int> labels)
    {
        foreach (int label in labels)
        {
            if ((uint)label >= (uint)Model.Configuration.Classes)
            {
                throw new ArgumentException(
                    $"label {label} is none of the model's {Model.Configuration.Classes} classes");
            }
        }
    }

    /// <summary>A step that was begun.</summary>
    /// <param name="Number">Its number in the backend's queue, if it went there.</param>
    /// <param name="Images">Images in its batch.</param>
    /// <param name="Result">What came of it, if it was played at once.</param>
    private readonly record struct UnderWay(long Number, int Images, StepResult? Result);
}
