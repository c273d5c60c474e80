using System.Text.Json;
using DenseNetRaw.Autograd;

namespace DenseNetRaw.Cli.Charts;

/// <summary>A timeline as data: calls with the bytes live during each, storages with their lives and places.</summary>
internal static class TimelineJson
{
    /// <summary>Writes the document.</summary>
    public static void Write(Timeline timeline, Stream stream) => JsonSerializer.Serialize(
        stream,
        new
        {
            timeline.Model,
            timeline.BatchSize,
            timeline.Device,
            timeline.Strategy,
            timeline.Plan.PeakBytes,
            timeline.Plan.LowerBoundBytes,
            timeline.FirstBackwardCall,
            Calls = Calls(timeline),
            Storages = timeline.Plan.Placements.Select(placement => new
            {
                placement.Storage.Name,
                Shape = JsonOutput.Extents(placement.Storage.Shape),
                Category = Categories.Key(placement.Storage.Role),
                placement.Bytes,
                placement.Offset,
                Lives = placement.Lifetimes.Select(life => (int[])[life.First, life.Last]),
                placement.Storage.IsRecomputed,
            }),
        },
        JsonOutput.Options);

    private static IEnumerable<object> Calls(Timeline timeline)
    {
        Dictionary<Node, int> numbers =
            timeline.Tape.Nodes.Select((node, number) => (node, number)).ToDictionary();
        long[] live = timeline.Plan.LiveBytes();
        return timeline.Plan.Calls.Select((call, index) => new
        {
            index,
            Phase = JsonNamingPolicy.CamelCase.ConvertName(call.Phase.ToString()),
            call.Operation,
            Node = call.Node is null ? null : Describe(call.Node, numbers[call.Node]),
            LiveBytes = live[index],
            Categories = timeline.LiveBytesByRole.ToDictionary(
                pair => Categories.Key(pair.Role), pair => pair.Bytes[index]),
        });
    }

    private static object Describe(Node node, int number) =>
        new { number, node.Operation, Output = node.Outputs[0].Value.Storage.Name };
}
