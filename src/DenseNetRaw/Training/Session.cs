using DenseNetRaw.Backends;
using DenseNetRaw.Data;
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

    /// <summary>Records and plans every step, allocates, and draws the initial parameters.</summary>
    /// <param name="model">The model.</param>
    /// <param name="backend">Where it runs; the caller disposes of it.</param>
    /// <param name="settings">Batch sizes, memory strategy, seed and optimiser.</param>
    /// <exception cref="InsufficientMemoryException">
    /// The plan does not fit the budget or the device, or the device refused it; the numbers are in the message.
    /// </exception>
    public Session(DenseNet model, Backend backend, SessionSettings settings)
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
        foreach (RecordedStep step in Plan.Steps.Values)
        {
            step.Plan.Bind(_arena);
        }
    }

    /// <summary>The model.</summary>
    public DenseNet Model => Plan.Model;

    /// <summary>Where it runs.</summary>
    public Backend Backend => Plan.Backend;

    /// <summary>The planned steps and what they need.</summary>
    public SessionPlan Plan { get; }

    /// <summary>What outlives a step.</summary>
    public ParameterStore Parameters { get; }

    /// <summary>Bytes that were allocated for the arena.</summary>
    public long ArenaBytes => _arena.Bytes;

    /// <summary>Training steps played.</summary>
    public uint StepsPlayed { get; private set; }

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
        Backend.Step = new StepState(Plan.Settings.Seed, StepsPlayed + 1, learningRate);
        StepResult result = Play(StepFor(labels.Length, isTraining: true), pixels, labels, _descend);
        Parameters.CountBatch();
        StepsPlayed++;
        return result;
    }

    /// <summary>Forward, backward and one update of the parameters, on a loader's batch.</summary>
    public StepResult Train(Batch batch, double learningRate) =>
        Train(PixelsOf(batch), batch.Labels.AsSpan(0, batch.Count), learningRate);

    /// <summary>Forward alone, with running statistics, on a loader's batch.</summary>
    public StepResult Evaluate(Batch batch) => Evaluate(PixelsOf(batch), batch.Labels.AsSpan(0, batch.Count));

    /// <summary>Forward alone, with running statistics.</summary>
    /// <param name="pixels">[N, 3, H, W], already normalised.</param>
    /// <param name="labels">One class index an image.</param>
    public StepResult Evaluate(ReadOnlySpan<float> pixels, ReadOnlySpan<int> labels) =>
        Play(StepFor(labels.Length, isTraining: false), pixels, labels);

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

    /// <inheritdoc/>
    public void Dispose()
    {
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

    private ReadOnlySpan<float> PixelsOf(Batch batch) =>
        batch.Pixels.AsSpan(0, (int)Model.InputShape(batch.Count).Count);

    private StepResult Play(
        RecordedStep step, ReadOnlySpan<float> pixels, ReadOnlySpan<int> labels, Action<Backend>? then = null)
    {
        if (pixels.Length != step.Images.Shape.Count)
        {
            throw new ArgumentException($"{step.Images} takes {step.Images.Shape.Count} values, found {pixels.Length}");
        }

        RequireClasses(labels);
        Backend.Upload(pixels, step.Images.Value);
        Backend.Upload(labels, step.Labels.Value);
        Backend.Play(step.Plan, then);
        Span<double> number = stackalloc double[1];
        Backend.Download(step.Loss.Value, number);
        double loss = number[0];
        Backend.Download(step.Correct.Value, number);
        return new StepResult(loss, (int)number[0], labels.Length);
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
}
