using System.Text.Json;
using DenseNetRaw.Autograd;
using DenseNetRaw.Cli;
using DenseNetRaw.Cli.Charts;
using DenseNetRaw.Memory;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli.Charts;

public sealed class TimelineJsonTests
{
    private static IEnumerable<string> Strategies => MemoryStrategy.Ladder.Select(strategy => strategy.Name);

    [TestCaseSource(nameof(Strategies))]
    public void Calls_OfAStrategy_AreThoseOfThePlanWithWhatLivesDuringEach(string strategy)
    {
        Timeline timeline = SmallTimeline.Of(strategy);
        JsonElement document = Document(timeline);
        JsonElement[] calls = [.. document.GetProperty("calls").EnumerateArray()];
        long[] live = [.. calls.Select(call => call.GetProperty("liveBytes").GetInt64())];
        Assert.Multiple(() =>
        {
            Assert.That(live, Is.EqualTo(timeline.Plan.LiveBytes()));
            Assert.That(live.Max(), Is.EqualTo(document.GetProperty("lowerBoundBytes").GetInt64()));
            Assert.That(
                calls.Select(call => call.GetProperty("categories").EnumerateObject().Sum(c => c.Value.GetInt64())),
                Is.EqualTo(live));
            Assert.That(
                calls.Select(call => call.GetProperty("index").GetInt32()),
                Is.EqualTo(Enumerable.Range(0, live.Length)));
            Assert.That(
                calls.Select(call => call.GetProperty("operation").GetString()),
                Is.EqualTo(timeline.Plan.Calls.Select(call => call.Operation)));
            Assert.That(
                calls.Select(call => Enum.Parse<Phase>(call.GetProperty("phase").GetString()!, ignoreCase: true)),
                Is.EqualTo(timeline.Plan.Calls.Select(call => call.Phase)));
        });
    }

    [TestCaseSource(nameof(Strategies))]
    public void Storages_OfAStrategy_AreThePlacementsAndAddUpToWhatLives(string strategy)
    {
        Timeline timeline = SmallTimeline.Of(strategy);
        JsonElement document = Document(timeline);
        JsonElement[] storages = [.. document.GetProperty("storages").EnumerateArray()];
        long[] live = new long[timeline.Plan.Calls.Count];
        foreach (JsonElement storage in storages)
        {
            foreach (int[] life in LivesOf(storage))
            {
                for (int call = life[0]; call <= life[1]; call++)
                {
                    live[call] += storage.GetProperty("bytes").GetInt64();
                }
            }
        }

        Assert.Multiple(() =>
        {
            Assert.That(live, Is.EqualTo(timeline.Plan.LiveBytes()));
            Assert.That(
                storages.Max(s => s.GetProperty("offset").GetInt64() + s.GetProperty("bytes").GetInt64()),
                Is.EqualTo(document.GetProperty("peakBytes").GetInt64()));
            Assert.That(storages, Has.Length.EqualTo(timeline.Plan.Placements.Count));
            foreach ((JsonElement storage, Placement placement) in storages.Zip(timeline.Plan.Placements))
            {
                Assert.That(storage.GetProperty("name").GetString(), Is.EqualTo(placement.Storage.Name));
                Assert.That(
                    storage.GetProperty("shape").Deserialize<int[]>(),
                    Is.EqualTo(JsonOutput.Extents(placement.Storage.Shape)));
                Assert.That(
                    Enum.Parse<StorageRole>(storage.GetProperty("category").GetString()!, ignoreCase: true),
                    Is.EqualTo(placement.Storage.Role));
                Assert.That(
                    LivesOf(storage), Is.EqualTo(placement.Lifetimes.Select(life => (int[])[life.First, life.Last])));
                Assert.That(
                    storage.GetProperty("isRecomputed").GetBoolean(), Is.EqualTo(placement.Storage.IsRecomputed));
            }
        });
    }

    [Test]
    public void Nodes_OfCalls_HaveTheNumbersOfTheTapeAndTheSeedHasNone()
    {
        Timeline timeline = SmallTimeline.Of("slab-minimal");
        JsonElement document = Document(timeline);
        int seed = document.GetProperty("firstBackwardCall").GetInt32();
        foreach ((JsonElement call, int i) in document.GetProperty("calls").EnumerateArray().Select((c, i) => (c, i)))
        {
            JsonElement node = call.GetProperty("node");
            Node? expected = timeline.Plan.Calls[i].Node;
            if (expected is null)
            {
                Assert.That(node.ValueKind, Is.EqualTo(JsonValueKind.Null));
                Assert.That(i, Is.EqualTo(seed));
            }
            else
            {
                Assert.That(timeline.Tape.Nodes[node.GetProperty("number").GetInt32()], Is.SameAs(expected));
                Assert.That(node.GetProperty("operation").GetString(), Is.EqualTo(expected.Operation));
            }
        }
    }

    [Test]
    public void Recomputed_InSlabMinimal_HaveTwoLivesThatThePhaseReplayBegins()
    {
        JsonElement document = Document(SmallTimeline.Of("slab-minimal"));
        JsonElement[] recomputed =
        [
            .. document.GetProperty("storages").EnumerateArray().Where(s => s.GetProperty("isRecomputed").GetBoolean()),
        ];
        Assert.That(recomputed, Is.Not.Empty);
        foreach (int[][] lives in recomputed.Select(LivesOf))
        {
            Assert.That(lives, Has.Length.EqualTo(2));
            JsonElement call = document.GetProperty("calls")[lives[1][0]];
            Assert.That(call.GetProperty("phase").GetString(), Is.EqualTo("replay"));
        }
    }

    private static int[][] LivesOf(JsonElement storage) => storage.GetProperty("lives").Deserialize<int[][]>()!;

    private static JsonElement Document(Timeline timeline)
    {
        using MemoryStream stream = new();
        TimelineJson.Write(timeline, stream);
        return JsonDocument.Parse(stream.ToArray()).RootElement;
    }
}
