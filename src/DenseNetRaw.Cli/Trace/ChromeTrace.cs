using System.IO.Compression;
using System.Text.Json;
using DenseNetRaw.Backends;
using DenseNetRaw.Cli.Charts;
using DenseNetRaw.Cli.Report;
using DenseNetRaw.Models;
using DenseNetRaw.Serialization;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli.Trace;

/// <summary>
/// A played step in Chrome's trace event format, as Perfetto and chrome://tracing open it: a track for each part of the
/// step, a slice a call, and a counter of the memory in use by category. Times are microseconds from the first call;
/// each call was timed by itself, and the next begins when it ends.
/// Format: Google, "Trace Event Format", docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU.
/// </summary>
internal static class ChromeTrace
{
    private const int Process = 1;
    private const string Json = ".json", Compressed = ".gz";

    /// <summary>Plays a step of a model on noise and writes its trace.</summary>
    /// <param name="flag">The flag that names the file.</param>
    /// <param name="path">The file.</param>
    /// <param name="model">The model.</param>
    /// <param name="backend">Where it is played.</param>
    /// <param name="settings">Batch size and memory strategy.</param>
    /// <exception cref="ArgumentException">The file's name ends in neither .json nor .json.gz.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string flag, string path, Model model, Backend backend, SessionSettings settings)
    {
        if (!path.EndsWith(Json, StringComparison.OrdinalIgnoreCase)
            && !path.EndsWith(Json + Compressed, StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException($"{flag}: expected a file's name in .json or .json.gz, found '{path}'");
        }

        using Session session = new(new SessionPlan(model, backend, settings, isForThisDevice: true));
        StepProfile profile = StepTiming.Measure(session);
        FlagOutput.ToFile(flag, path, () => Write(path, session.Plan, profile));
    }

    /// <summary>Writes the trace, whole or not at all; compressed where the file's name ends in <c>.gz</c>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="plan">The plan whose largest step was timed.</param>
    /// <param name="profile">The times of its calls.</param>
    private static void Write(string path, SessionPlan plan, StepProfile profile)
    {
        object document = new
        {
            TraceEvents = (object[])[.. Names(plan), .. Slices(profile), .. Counters(plan, profile)],
            DisplayTimeUnit = "ms",
        };
        WholeFile.Write(Path.GetFullPath(path), stream =>
        {
            if (!path.EndsWith(Compressed, StringComparison.OrdinalIgnoreCase))
            {
                JsonSerializer.Serialize(stream, document, JsonOutput.Options);
                return;
            }

            using GZipStream compressed = new(stream, CompressionLevel.Optimal, leaveOpen: true);
            JsonSerializer.Serialize(compressed, document, JsonOutput.Options);
        });
    }

    /// <summary>What the tracks are called.</summary>
    private static IEnumerable<object> Names(SessionPlan plan)
    {
        yield return Name(
            "process_name", 0, $"{plan.Model.Configuration.Name}, {plan.Memory.Name}, {plan.Backend.Name}");
        for (int i = 0; i < CallPhase.All.Count; i++)
            yield return Name("thread_name", i + 1, CallPhase.All[i]);
    }

    private static object Name(string what, int track, string name) =>
        new { Name = what, Ph = "M", Pid = Process, Tid = track, Args = new { Name = name } };

    private static IEnumerable<object> Slices(StepProfile profile)
    {
        double begin = 0;
        foreach (TimedCall call in profile.Calls)
        {
            double microseconds = 1000 * call.Milliseconds;
            yield return new
            {
                Name = call.Operation,
                Cat = call.Phase,
                Ph = "X",
                Ts = begin,
                Dur = microseconds,
                Pid = Process,
                Tid = TrackOf(call),
                Args = new
                {
                    call.Output,
                    Shape = string.Join('×', call.Shape),
                    Bytes = call.BytesMoved,
                    call.MultiplyAdds,
                    call.GigaflopsPerSecond,
                    GigabytesPerSecond = call.Milliseconds > 0 ? 1e-6 * call.BytesMoved / call.Milliseconds : 0,
                },
            };
            begin += microseconds;
        }
    }

    /// <summary>Bytes live during each call, by category.</summary>
    private static IEnumerable<object> Counters(SessionPlan plan, StepProfile profile)
    {
        Timeline timeline = new(plan.Model.Configuration.Name, profile.BatchSize, plan.Backend.Name, plan);
        double begin = 0;
        for (int i = 0; i < plan.LargestStep.Plan.Calls.Count; i++)
        {
            yield return new
            {
                Name = "memory in use, bytes",
                Ph = "C",
                Ts = begin,
                Pid = Process,
                Args = MemoryChart.CategoriesOf(timeline).ToDictionary(
                    category => category.Key, category => category.Sum(role => role.Bytes[i])),
            };
            begin += 1000 * profile.Calls[i].Milliseconds;
        }
    }

    private static int TrackOf(TimedCall call)
    {
        for (int i = 0; i < CallPhase.All.Count; i++)
        {
            if (CallPhase.All[i] == call.Phase)
                return i + 1;
        }

        throw new ArgumentException($"a call of an unknown part of a step: {call.Phase}");
    }
}
