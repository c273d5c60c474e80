using System.Diagnostics;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>Time of a step per strategy: figure 5 of Pleiss et al. 2017, arXiv:1707.06990.</summary>
internal static class StepTimes
{
    private const int WarmUpRounds = 2;

    /// <summary>Fails unless the steps of all strategies have room beside each other.</summary>
    /// <exception cref="InsufficientMemoryException">They have not: both numbers.</exception>
    public static void RequireRoom(MemoryBenchSettings settings, Backend backend)
    {
        Model model = settings.TimedModel.NewModel();
        long needed = settings.Strategies.Sum(
            memory => new SessionPlan(model, backend, Settings(settings, memory)).TotalBytes);
        long free = backend.AvailableBytes;
        if (needed > free)
        {
            throw new InsufficientMemoryException(
                $"the timed steps of {model.Configuration.Name} on a batch of {settings.BatchSize} need "
                + $"{Units.Mebibytes(needed)} together, and the {backend.Name} device can give "
                + $"{Units.Mebibytes(free)}: fewer --strategies, a smaller --model or a smaller --batch-size needs "
                + "less");
        }
    }

    /// <summary>
    /// Times every strategy in turn, one step each a round and every other round in reverse, so that what else the
    /// machine does falls on all alike. All sessions are alive at once.
    /// </summary>
    /// <exception cref="InsufficientMemoryException">They do not fit together.</exception>
    public static List<TimeResult> Measure(
        MemoryBenchSettings settings, Backend backend, int threads, TextWriter progress)
    {
        Model model = settings.TimedModel.NewModel();
        RandomBatch batch = new(model, settings.BatchSize);
        List<Session> sessions = [];
        try
        {
            foreach (MemoryStrategy memory in settings.Strategies)
            {
                sessions.Add(new Session(model, backend, Settings(settings, memory)));
            }

            progress.WriteLine(
                $"{settings.TimedModel.Name}: {WarmUpRounds} + {settings.Rounds} rounds of {sessions.Count} steps");
            return Summarise(settings, backend, threads, sessions, Play(sessions, batch, settings.Rounds));
        }
        finally
        {
            sessions.ForEach(session => session.Dispose());
        }
    }

    private static SessionSettings Settings(MemoryBenchSettings settings, MemoryStrategy memory) =>
        new() { TrainingBatchSizes = [settings.BatchSize], Memory = memory };

    /// <summary>Milliseconds by session and round.</summary>
    private static double[][] Play(List<Session> sessions, RandomBatch batch, int rounds)
    {
        double[][] milliseconds = [.. sessions.Select(_ => new double[rounds])];
        for (int round = -WarmUpRounds; round < rounds; round++)
        {
            for (int i = 0; i < sessions.Count; i++)
            {
                int at = round % 2 == 0 ? i : sessions.Count - 1 - i;
                long start = Stopwatch.GetTimestamp();
                sessions[at].Train(batch.Pixels, batch.Labels, RandomBatch.LearningRate);
                if (round >= 0)
                    milliseconds[at][round] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }

        return milliseconds;
    }

    private static List<TimeResult> Summarise(
        MemoryBenchSettings settings, Backend backend, int threads, List<Session> sessions, double[][] milliseconds)
    {
        List<TimeResult> results = [];
        for (int i = 0; i < sessions.Count; i++)
        {
            Quartiles steps = Quartiles.Of(milliseconds[i]);
            Quartiles ratios = Quartiles.Of(milliseconds[i].Zip(milliseconds[0], (ours, theirs) => ours / theirs));
            results.Add(new TimeResult(
                "train", settings.TimedModel.Name, settings.BatchSize, backend.Name, threads,
                settings.Strategies[i].Name, sessions[i].Plan.PeakBytes, steps.Median, [steps.Lower, steps.Upper],
                settings.BatchSize / steps.Median * 1000, settings.Strategies[0].Name, ratios.Median,
                [ratios.Lower, ratios.Upper], settings.Rounds));
        }

        return results;
    }
}
