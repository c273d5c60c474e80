using System.Diagnostics;
using DenseNetRaw.Backends;
using DenseNetRaw.Data;
using DenseNetRaw.Models;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>
/// Times whole steps as a run plays them: upload of a batch, the step and, in training, the optimiser, and its result,
/// with as many steps under way as the device takes. A step's time is from the end of the one before to its own.
/// </summary>
/// <param name="backend">Where steps are played.</param>
/// <param name="warmUp">Steps before the first that is timed.</param>
/// <param name="steps">Steps that are timed.</param>
internal sealed class StepBench(Backend backend, int warmUp, int steps)
{
    /// <summary>A planned session of one step.</summary>
    /// <param name="configuration">The network.</param>
    /// <param name="backend">Where it would run.</param>
    /// <param name="settings">Memory strategy and budget.</param>
    /// <param name="batchSize">Images in the step.</param>
    /// <param name="isTraining">Whether it trains; else it evaluates.</param>
    /// <exception cref="InsufficientMemoryException">It does not fit; both numbers.</exception>
    public static SessionPlan Plan(
        ModelConfiguration configuration, Backend backend, SessionSettings settings, int batchSize, bool isTraining)
    {
        SessionPlan plan = new(
            configuration.NewModel(), backend,
            isTraining
                ? settings with { TrainingBatchSizes = [batchSize] }
                : settings with { EvaluationBatchSizes = [batchSize] },
            isForThisDevice: true);
        plan.RequireFit();
        return plan;
    }

    /// <summary>Plays the planned step and says what it took, beside no limit yet.</summary>
    public StepBenchResult Measure(SessionPlan plan)
    {
        bool isTraining = plan.Settings.TrainingBatchSizes.Count > 0;
        Quartiles times = Quartiles.Of(Milliseconds(plan, isTraining));
        BenchDevice device = BenchDevice.Of(backend);
        return new StepBenchResult(
            isTraining ? "train" : "inference", plan.Model.Configuration.Name, plan.BatchSize, device.Name,
            device.Threads, device.Precision, plan.Memory.Name, times.Median, [times.Lower, times.Upper],
            1000 * plan.BatchSize / times.Median, Roofline.Flops(plan.LargestStep.Plan) / times.Median / 1e6,
            plan.PeakBytes, plan.TotalBytes, RooflineMilliseconds: null, ShareOfLimit: null, steps);
    }

    private double[] Milliseconds(SessionPlan plan, bool isTraining)
    {
        using Session session = new(plan);
        Batch batch = RandomBatch.Loaded(plan.Model, plan.BatchSize, isRaw: backend is IStepQueue);
        double[] milliseconds = new double[steps];
        long lastEnd = Stopwatch.GetTimestamp();
        for (int ended = -warmUp; ended < steps; ended++)
        {
            // Beyond the last that is timed, too: a queue that runs empty has ends of its own.
            while (session.StepsUnderWay < session.StepsAhead)
                Begin(session, batch, isTraining);
            session.Finish();
            long end = Stopwatch.GetTimestamp();
            if (ended >= 0)
                milliseconds[ended] = Stopwatch.GetElapsedTime(lastEnd, end).TotalMilliseconds;
            lastEnd = end;
        }

        return milliseconds;
    }

    private static void Begin(Session session, Batch batch, bool isTraining)
    {
        if (isTraining)
            session.BeginTraining(batch, RandomBatch.LearningRate);
        else
            session.BeginEvaluation(batch);
    }
}
