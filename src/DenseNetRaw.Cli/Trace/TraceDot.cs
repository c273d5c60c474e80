using System.Globalization;
using System.Text;
using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Cli.Trace;

/// <summary>
/// A tape as a graph for Graphviz: a box an operation, a rounded one each variable that it writes, with shape, bytes,
/// place and lives; variables of one storage stand in one frame. An edge leads from what was written to every operation
/// that reads some of its channels; dashed edges are channel vectors. Dashed frames and boxes are dropped and
/// recomputed.
/// </summary>
internal sealed class TraceDot
{
    private readonly TracedStep _step;
    private readonly StringBuilder _dot = new();
    private readonly List<(string Id, Tensor Written)> _written = [];
    private readonly HashSet<string> _edges = [];

    private TraceDot(TracedStep step) => _step = step;

    /// <summary>The graph.</summary>
    public static string Of(TracedStep step)
    {
        TraceDot trace = new(step);
        trace.Write();
        return trace._dot.ToString();
    }

    private void Write()
    {
        _dot.Append("digraph tape {\n  rankdir=TB; compound=true; fontname=\"Helvetica\";\n")
            .Append("  node [fontname=\"Helvetica\", fontsize=11]; edge [color=\"#666666\"];\n")
            .Append(CultureInfo.InvariantCulture, $"  label={Quoted(Title())};\n");
        foreach (Storage input in _step.Nodes.SelectMany(node => node.Inputs).Select(x => x.Value.Storage).Distinct()
            .Where(storage => storage.Role is StorageRole.Input or StorageRole.Labels))
        {
            AddVariable($"in{_written.Count}", Tensor.Of(input), null);
        }

        foreach ((int number, Node node) in _step.Nodes.Index())
        {
            AddOperation(number, node);
        }

        foreach (IGrouping<Storage, (string Id, Tensor Written)> storage in
            _written.GroupBy(pair => pair.Written.Storage).Where(group => !group.First().Written.IsWhole))
        {
            AddFrame(storage.Key, storage.Select(pair => pair.Id));
        }

        foreach (Node node in _step.Nodes)
        {
            AddEdges(node);
        }

        _dot.Append("}\n");
    }

    private string Title() => string.Create(
        CultureInfo.InvariantCulture,
        $"{_step.Timeline.Model}, batch of {_step.Timeline.BatchSize}, {_step.Timeline.Strategy}: "
        + $"{_step.Nodes.Count} nodes, {_step.Plan.Calls.Count} calls, an arena of {_step.Plan.PeakBytes:N0} bytes");

    private void AddOperation(int number, Node node)
    {
        IEnumerable<string> parameters = node.Inputs
            .Where(input => input.Value.Storage.Role == StorageRole.Parameter).Select(input => $"{input}");
        IEnumerable<string> vectors = Vectors(node.Outputs).Select(Label);
        string label = string.Join('\n', [$"{number} {node.Operation}", .. parameters, .. vectors]);
        _dot.Append(CultureInfo.InvariantCulture, $"  n{number} [shape=box, label={Quoted(label)}];\n");
        foreach ((int i, Variable output) in node.Outputs.Index())
        {
            string id = $"n{number}";
            if (!IsVector(output))
            {
                id = $"v{number}_{i}";
                AddVariable(id, output.Value, output.HasGradient ? output.Gradient : null);
                _dot.Append(CultureInfo.InvariantCulture, $"  n{number} -> {id};\n");
            }
            else
            {
                _written.Add((id, output.Value));
            }
        }
    }

    private void AddVariable(string id, Tensor value, Tensor? gradient)
    {
        _written.Add((id, value));
        List<string> lines = [$"{value}"];
        if (value.IsWhole)
            lines.AddRange(Places(value.Storage, gradient?.Storage));
        string style = value.Storage.IsRecomputed ? "rounded,filled,dashed" : "rounded,filled";
        _dot.Append(
            CultureInfo.InvariantCulture,
            $"  {id} [shape=box, style=\"{style}\", fillcolor=\"{FillOf(value.Storage.Role)}\", "
            + $"label={Quoted(string.Join('\n', lines))}];\n");
    }

    /// <summary>What stands of a storage in its variable's box, or in the frame around the boxes of several.</summary>
    private IEnumerable<string> Places(Storage storage, Storage? gradient)
    {
        if (_step.PlaceOf(storage) is { } place)
            yield return $"{(storage.IsRecomputed ? "recomputed" : "kept")}, {PlaceText(place)}";
        if (gradient is not null && _step.PlaceOf(gradient) is { } gradientPlace)
            yield return $"gradient: {PlaceText(gradientPlace)}";
    }

    private static string PlaceText(Placement place) => string.Create(
        CultureInfo.InvariantCulture,
        $"{place.Bytes:N0} bytes at {place.Offset:N0}, calls {TracedStep.Lives(place)}");

    private void AddFrame(Storage storage, IEnumerable<string> ids)
    {
        Storage? gradient = _step.Nodes.SelectMany(node => node.Outputs)
            .FirstOrDefault(y => y.Value.Storage == storage && y.HasGradient)?.Gradient.Storage;
        string[] members = [.. ids.Where(id => id[0] != 'n')];
        if (members.Length == 0)
            return;
        string label = string.Join('\n', [$"{storage}", .. Places(storage, gradient)]);
        string style = storage.IsRecomputed ? "rounded,dashed" : "rounded";
        _dot.Append(
            CultureInfo.InvariantCulture,
            $"  subgraph cluster_{_step.NumberOf(storage)} {{ style=\"{style}\"; fontsize=11; labeljust=l; "
            + $"label={Quoted(label)}; "
            + $"{string.Join("; ", members)} }}\n");
    }

    private void AddEdges(Node node)
    {
        foreach (Variable input in node.Inputs)
        {
            foreach ((string id, Tensor written) in _written.Where(pair => AreOverlapping(pair.Written, input.Value)))
            {
                string style = IsVector(input) ? " [style=dashed, color=\"#aaaaaa\"]" : string.Empty;
                string edge = $"  {id} -> n{_step.NumberOf(node)}{style};\n";
                if (_edges.Add(edge))
                    _dot.Append(edge);
            }
        }
    }

    private static bool AreOverlapping(Tensor a, Tensor b) => a.Storage == b.Storage
        && a.FirstChannel < b.FirstChannel + b.Shape.C && b.FirstChannel < a.FirstChannel + a.Shape.C;

    private static IEnumerable<Variable> Vectors(IEnumerable<Variable> variables) => variables.Where(IsVector);

    private static bool IsVector(Variable variable) => variable.Value.Storage.Role == StorageRole.ChannelVector;

    private static string Label(Variable variable) => $"→ {TraceValues.NameOf(variable.Value)}";

    /// <summary>Pale, as black text stands on it.</summary>
    private static string FillOf(StorageRole role) => role switch
    {
        StorageRole.Feature => "#cfe4f5",
        StorageRole.Concatenation => "#dff1fc",
        StorageRole.Bottleneck => "#cdeee3",
        StorageRole.Normalised => "#fbf7c9",
        StorageRole.Input or StorageRole.Labels => "#eeeeee",
        _ => "#ffffff",
    };

    /// <summary>As DOT quotes: of the escapes in a label \n alone is meant.</summary>
    private static string Quoted(string text) => '"' + text.Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + '"';
}
