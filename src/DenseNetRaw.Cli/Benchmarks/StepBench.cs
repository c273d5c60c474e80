using System.Diagnostics;
using DenseNetRaw.Backends;
using DenseNetRaw.Models;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>Times whole steps: upload of a batch, the step and, in training, the optimiser, and its result.</summary>
/// <param name="backend">Where steps are played.</param>
/// <param name="limits">What it does at best, if that is known.</param>
/// <param name="warmUp">Steps before the first that is timed.</param>
/// <param name="steps">Steps that are timed.</param>
internal sealed class StepBench(Backend backend, DeviceLimits? limits, int warmUp, int steps)
{
    /// <summary>A planned session of one step.</summary>
    /// <param name="configuration">The network.</param>
    /// <param name="backend">Where it would run.</param>
    /// <param name="settings">Memory strategy and budget.</param>
    /// <param name="batchSize">Images in the step.</param>
    /// <param name="isTraining">Whether it trains; else it evaluates.</param>
    /// <exception cref="InsufficientMemoryException">It does not fit; both numbers.</exception>
    public static SessionPlan Plan(
        DenseNetConfiguration configuration, Backend backend, SessionSettings settings, int batchSize, bool isTraining)
    {
        SessionPlan plan = new(
            new DenseNet(configuration), backend,
            isTraining
                ? settings with { TrainingBatchSizes = [batchSize] }
                : settings with { EvaluationBatchSizes = [batchSize] },
            isForThisDevice: true);
        plan.RequireFit();
        return plan;
    }

    /// <summary>Plays the planned step and says what it took.</summary>
    public StepBenchResult Measure(SessionPlan plan)
    {
        bool isTraining = plan.Settings.TrainingBatchSizes.Count > 0;
        Quartiles times = Quartiles.Of(Milliseconds(plan, isTraining));
        BenchDevice device = BenchDevice.Of(backend);
        double? roofline = limits is null ? null : Roofline.Milliseconds(limits, plan, isTraining);
        return new StepBenchResult(
            isTraining ? "train" : "inference", plan.Model.Configuration.Name, plan.BatchSize, device.Name,
            device.Threads, device.Precision, plan.Memory.Name, times.Median, [times.Lower, times.Upper],
            1000 * plan.BatchSize / times.Median, Roofline.Flops(plan.LargestStep.Plan) / times.Median / 1e6,
            plan.PeakBytes, plan.TotalBytes, roofline, roofline / times.Median, steps);
    }

    private double[] Milliseconds(SessionPlan plan, bool isTraining)
    {
        using Session session = new(plan);
        RandomBatch batch = new(plan.Model, plan.BatchSize);
        double[] milliseconds = new double[steps];
        for (int step = -warmUp; step < steps; step++)
        {
            long start = Stopwatch.GetTimestamp();
            Play(session, batch, isTraining);
            if (step >= 0)
                milliseconds[step] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        return milliseconds;
    }

    /// <summary>One step, to its result.</summary>
    private static void Play(Session session, RandomBatch batch, bool isTraining)
    {
        if (isTraining)
            session.Train(batch.Pixels, batch.Labels, RandomBatch.LearningRate);
        else
            session.Evaluate(batch.Pixels, batch.Labels);
    }
}
