using System.Globalization;
using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;
using Spectre.Console;

namespace DenseNetRaw.Cli;

/// <summary>
/// A tape as a table: a row for each output of a node, with its places, and for each scratch and workspace.
/// </summary>
internal sealed class TraceTable
{
    private readonly Dictionary<Storage, Placement> _placements;
    private readonly Table _table = ConsoleTables.New(
        ("node", true), ("operation", false), ("inputs", false), ("output", false),
        ("value lives", false), ("at byte", true), ("gradient lives", false), ("at byte", true), ("", false));

    private TraceTable(MemoryPlan plan) =>
        _placements = plan.Placements.ToDictionary(placement => placement.Storage);

    /// <summary>Writes the table of a planned tape, and what its columns mean.</summary>
    public static void Write(Tape tape, MemoryPlan plan, TextWriter output)
    {
        TraceTable trace = new(plan);
        ILookup<Node?, Storage> transient = TransientByNode(plan);
        for (int i = 0; i < tape.Nodes.Count; i++)
        {
            trace.AddNode(i, tape.Nodes[i], transient[tape.Nodes[i]]);
        }

        output.WriteTable(trace._table);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{tape.Memory.Name}: {tape.Nodes.Count} nodes, {plan.Calls.Count} calls, "
            + $"an arena of {plan.PeakBytes:N0} bytes."));
        output.WriteLine(
            "Lives are counted in calls, of the whole storage; storages that live at different times may share bytes.");
    }

    /// <summary>Scratch and workspaces by the node that they serve.</summary>
    public static ILookup<Node?, Storage> TransientByNode(MemoryPlan plan) => plan.Calls
        .SelectMany(call => call.Reads.Concat(call.Writes).Select(tensor => tensor.Storage)
            .Concat([call.Grant.Workspace!, call.Grant.Statistics?.Workspace!])
            .Where(storage => storage?.Role.IsTransient() == true)
            .Select(storage => (call.Node, Storage: storage)))
        .Distinct()
        .ToLookup(pair => pair.Node, pair => pair.Storage);

    /// <summary>
    /// Feature maps by name; vectors and parameters by number, as their names follow from the layer's.
    /// </summary>
    public static string Inputs(Node node, Func<Tensor, string> nameOf)
    {
        List<string> parts = [];
        int parameters = 0, vectors = 0;
        foreach (Variable input in node.Inputs)
        {
            StorageRole role = input.Value.Storage.Role;
            parameters += role == StorageRole.Parameter ? 1 : 0;
            vectors += role == StorageRole.ChannelVector ? 1 : 0;
            if (role is not (StorageRole.Parameter or StorageRole.ChannelVector))
            {
                parts.Add(nameOf(input.Value));
            }
        }

        AddCount(parts, vectors, "channel vector");
        AddCount(parts, parameters, "parameter");
        return string.Join(", ", parts);
    }

    private void AddNode(int number, Node node, IEnumerable<Storage> transient)
    {
        string heading = number.ToString(CultureInfo.InvariantCulture);
        (string operation, string inputs) = (node.Operation, Inputs(node, TraceValues.NameOf));
        foreach (Variable y in node.Outputs)
        {
            Placement? gradient = y.HasGradient ? _placements.GetValueOrDefault(y.Gradient.Storage) : null;
            Placement? value = _placements.GetValueOrDefault(y.Value.Storage);
            _table.AddPlainRow(
                heading, operation, inputs, $"{y}", Lives(value), Offset(value), Lives(gradient), Offset(gradient),
                y.Value.Storage.IsRecomputed ? "recomputed" : string.Empty);
            heading = operation = inputs = string.Empty;
        }

        foreach (Storage storage in transient)
        {
            Placement? place = _placements.GetValueOrDefault(storage);
            _table.AddPlainRow("", "", "", $"{storage}", Lives(place), Offset(place), "", "",
                storage.Role == StorageRole.Scratch ? "scratch" : "workspace");
        }
    }

    private static void AddCount(List<string> parts, int count, string noun)
    {
        if (count > 0)
        {
            parts.Add($"{count} {noun}{(count == 1 ? "" : "s")}");
        }
    }

    private static string Lives(Placement? placement) =>
        placement is null ? "" : string.Join(", ", placement.Lifetimes.Select(life => $"{life.First}…{life.Last}"));

    private static string Offset(Placement? placement) =>
        placement is null ? "" : placement.Offset.ToString("N0", CultureInfo.InvariantCulture);
}
