using DenseNetRaw.Autograd;
using DenseNetRaw.Cli.Charts;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Cli.Trace;

/// <summary>A planned step as a trace shows it: nodes and storages by number, and where a storage lies.</summary>
internal sealed class TracedStep
{
    private readonly Dictionary<Node, int> _nodes;
    private readonly Dictionary<Storage, Placement> _placements;
    private readonly Dictionary<Storage, int> _storages;

    /// <summary>The largest step of the timeline's plan.</summary>
    public TracedStep(Timeline timeline)
    {
        Timeline = timeline;
        _nodes = timeline.Tape.Nodes.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        _placements = Plan.Placements.ToDictionary(placement => placement.Storage);
        _storages = Plan.Placements.Index().ToDictionary(pair => pair.Item.Storage, pair => pair.Index);
    }

    /// <summary>The model, its step and what lives when.</summary>
    public Timeline Timeline { get; }

    /// <summary>Calls and places.</summary>
    public MemoryPlan Plan => Timeline.Plan;

    /// <summary>The nodes in order.</summary>
    public IReadOnlyList<Node> Nodes => Timeline.Tape.Nodes;

    /// <summary>A node's number on the tape.</summary>
    public int NumberOf(Node node) => _nodes[node];

    /// <summary>A storage's number in order of first use; null outside the arena.</summary>
    public int? NumberOf(Storage storage) => _storages.TryGetValue(storage, out int number) ? number : null;

    /// <summary>Where a storage lies; null outside the arena.</summary>
    public Placement? PlaceOf(Storage storage) => _placements.GetValueOrDefault(storage);

    /// <summary>The calls in which a placement lives: <c>3…20, 41…44</c>.</summary>
    public static string Lives(Placement placement) =>
        string.Join(", ", placement.Lifetimes.Select(life => $"{life.First}…{life.Last}"));
}
