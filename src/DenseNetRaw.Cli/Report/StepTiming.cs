using System.Diagnostics;
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cli.Benchmarks;
using DenseNetRaw.Memory;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli.Report;

/// <summary>
/// Times a training step call by call: plays it on noise with a learning rate of 0, so that no weight changes. Running
/// statistics and momentum do, so it comes after everything of a run was saved.
/// </summary>
internal static class StepTiming
{
    private const int MostRounds = 5;
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(1);

    /// <summary>Parameters, gradients and momentum are each read and written.</summary>
    private const int AccessesOfTheOptimiser = 6;

    /// <summary>Plays the step of the largest training batch as often as a second allows, once at least.</summary>
    /// <param name="session">Whose step; no step of it is under way.</param>
    public static StepProfile Measure(Session session)
    {
        Backend backend = session.Backend;
        RecordedStep step = session.StepFor(session.Plan.Settings.TrainingBatchSizes.Max(), isTraining: true);
        RandomBatch batch = new(session.Model, step.Images.Shape.N);
        backend.Step = new StepState(session.Plan.Settings.Seed, session.StepsPlayed + 1, LearningRate: 0);
        DeviceLimits? before = backend.MeasureLimits();
        List<double[]> rounds = [];
        long begin = Stopwatch.GetTimestamp();
        while (rounds.Count < MostRounds && (rounds.Count == 0 || Stopwatch.GetElapsedTime(begin) < Enough))
        {
            backend.Upload(batch.Pixels, step.Images.Value);
            backend.Upload(batch.Labels, step.Labels.Value);
            rounds.Add(Round(session, step.Plan));
        }

        // Whatever else the machine does makes a probe slower.
        DeviceLimits? limits = backend.MeasureLimits() is { } after ? before?.BetterOf(after) ?? after : null;
        return new StepProfile(
            step.Images.Shape.N, rounds.Count, limits, Calls(session, step.Plan, rounds));
    }

    /// <summary>Milliseconds of each call, the optimiser's last.</summary>
    private static double[] Round(Session session, MemoryPlan plan)
    {
        double[] milliseconds = new double[plan.Calls.Count + 1];
        for (int i = 0; i < plan.Calls.Count; i++)
        {
            Call call = plan.Calls[i];
            milliseconds[i] = session.Backend.MillisecondsOf(() => call.Play(session.Backend));
        }

        milliseconds[^1] = session.Backend.MillisecondsOf(
            () => session.Parameters.Update(session.Plan.Settings.Sgd));
        return milliseconds;
    }

    private static List<TimedCall> Calls(Session session, MemoryPlan plan, List<double[]> rounds)
    {
        double Median(int call) => rounds.Select(round => round[call]).Order().ElementAt(rounds.Count / 2);
        List<TimedCall> calls = [];
        for (int i = 0; i < plan.Calls.Count; i++)
        {
            Call call = plan.Calls[i];
            Tensor? output = call.Writes.Count > 0 ? call.Writes[0] : null;
            calls.Add(new TimedCall(
                call.Operation, CallPhase.Of(call.Phase), output is { } y ? TraceValues.NameOf(y) : "",
                output is { } written ? JsonOutput.Extents(written.Shape) : [], Median(i), call.MultiplyAdds,
                call.BytesMoved));
        }

        long parameterBytes = session.Plan.Outside[StorageRole.Parameter];
        calls.Add(new TimedCall(
            nameof(Backend.Sgd), CallPhase.Optimiser, "parameters", [], Median(plan.Calls.Count), 0,
            AccessesOfTheOptimiser * parameterBytes));
        return calls;
    }
}
