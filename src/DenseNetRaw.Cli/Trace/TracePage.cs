using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Cli.Trace;

/// <summary>
/// A planned step as a page: its arena as a map, its nodes with the lives and places of what they write, its calls, and
/// what its operations compute, forward and backward.
/// </summary>
internal sealed class TracePage
{
    private static readonly JsonSerializerOptions Json =
        new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    private readonly TracedStep _step;
    private readonly StringBuilder _body = new();

    private TracePage(TracedStep step) => _step = step;

    /// <summary>The page.</summary>
    public static string Of(TracedStep step)
    {
        TracePage page = new(step);
        page.AddHead();
        page.AddMap();
        page.AddNodes();
        page.AddFormulas();
        page.AddCalls();
        page.AddStorages();
        return HtmlPage.Of(
            $"Trace of {step.Timeline.Model}", Resource("trace.css"), Resource("trace.js"), page._body.ToString());
    }

    private static string Count(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }

    private void AddHead()
    {
        MemoryPlan plan = _step.Plan;
        Append($"<h1>{Text(_step.Timeline.Model)}: a training step</h1>");
        Append("<dl class=\"facts\">");
        AddFact("batch", Count(_step.Timeline.BatchSize));
        AddFact("device", _step.Timeline.Device);
        AddFact("memory", _step.Timeline.Strategy);
        AddFact("nodes", Count(_step.Nodes.Count));
        AddFact("backend calls", Count(plan.Calls.Count));
        AddFact("arena", ByteText.Of(plan.PeakBytes));
        AddFact("lower bound", ByteText.Of(plan.LowerBoundBytes));
        AddFact("recomputed", Count(plan.RecomputedValues));
        Append("</dl>");
    }

    private void AddFact(string name, string value) => Append($"<div><dt>{name}</dt><dd>{Text(value)}</dd></div>");

    private void AddMap()
    {
        Append("<h2>The arena</h2>");
        Append(
            "<p>Each rectangle is a life of a storage: to the right the calls of the step, upwards the addresses. "
            + "Lives at different times share bytes.</p>");
        Append(ArenaMap.Of(_step));
        Append(
            "<div id=\"detail\">Point at a storage, in the map or below, to read what it is; click to keep it.</div>");
    }

    private void AddNodes()
    {
        Append("<h2>Nodes</h2>");
        Append(
            "<p>What each operation writes: where it lies, and over which calls it lives, as the whole storage. The "
            + "line in a bar is the beginning of the backward pass.</p>");
        Append(
            "<div class=\"scroll\"><table><tr><th class=\"n\">node</th><th>operation</th><th>reads</th><th>writes</th>"
            + "<th>value lives</th><th class=\"n\">at byte</th><th>gradient lives</th><th class=\"n\">at byte</th>"
            + "<th></th></tr>");
        ILookup<Node?, Storage> transient = TraceTable.TransientByNode(_step.Plan);
        foreach ((int number, Node node) in _step.Nodes.Index())
        {
            for (int i = 0; i < node.Outputs.Count; i++)
                AddOutput(node, i, string.Create(CultureInfo.InvariantCulture, $"{number}"));
            foreach (Storage storage in transient[node])
                AddTransient(storage);
        }

        Append("</table></div>");
    }

    private void AddOutput(Node node, int i, string number)
    {
        Variable y = node.Outputs[i];
        bool isFirst = i == 0;
        string reads = isFirst ? TraceTable.Inputs(node, Name) : string.Empty;
        Append($"<tr><td class=\"n\">{(isFirst ? number : "")}</td>");
        Append($"<td>{(isFirst ? Text(node.Operation) : "")}</td>");
        Append($"<td>{reads}</td><td>{Name(y.Value)} <span class=\"shape\">{y.Shape}</span></td>");
        AddPlace(y.Value.Storage);
        AddPlace(y.HasGradient ? y.Gradient.Storage : null);
        Append($"<td>{(y.Value.Storage.IsRecomputed ? "<span class=\"mark\">recomputed</span>" : "kept")}</td></tr>\n");
    }

    private void AddTransient(Storage storage)
    {
        Append($"<tr class=\"soft\"><td></td><td></td><td></td><td>{Name(Tensor.Of(storage))} ");
        Append($"<span class=\"shape\">{storage.Shape}</span></td>");
        AddPlace(storage);
        Append($"<td></td><td></td><td>{Categories.Words(storage.Role)}</td></tr>\n");
    }

    private void AddPlace(Storage? storage)
    {
        Placement? place = storage is null ? null : _step.PlaceOf(storage);
        Append(place is null
            ? "<td></td><td></td>"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"<td>{ArenaMap.Bar(_step, place)}<span class=\"soft\">{TracedStep.Lives(place)}</span></td>"
                + $"<td class=\"n\">{place.Offset:N0}</td>"));
    }

    private void AddFormulas()
    {
        Append("<h2>Operations</h2>");
        Append(
            "<p>σ = √(variance + ε), x̂ = (x − mean) / σ, M = N·H·W; h′ = h·stride + r − padding, w′ likewise; "
            + "[condition] is 1 where it holds and 0 elsewhere.</p>");
        Append(
            "<div class=\"scroll\"><table class=\"formulas\"><tr><th>operation</th><th>forward</th>"
            + "<th>backward</th></tr>");
        IEnumerable<Type> here = _step.Nodes.Select(node => node.GetType());
        foreach (Type operation in OperationFormulas.All.Keys.Union(here).OrderBy(type => type.Name))
        {
            OperationFormula? formula = OperationFormulas.All.GetValueOrDefault(operation);
            Append($"<tr><td>{Text(operation.Name)}</td><td class=\"code\">{Lines(formula?.Forward)}</td>");
            Append($"<td class=\"code\">{Lines(formula?.Backward)}</td></tr>\n");
        }

        Append("</table></div>");
    }

    /// <summary>One line an equation.</summary>
    private static string Lines(string? formula) =>
        string.Join("<br>", (formula ?? "not known").Split("; ").Select(Text));

    private void AddCalls()
    {
        Append("<details><summary>Calls</summary>");
        Append("<p>What a step plays, in order, and the bytes that live meanwhile.</p>");
        Append(
            "<div class=\"scroll\"><table><tr><th class=\"n\">call</th><th>phase</th><th class=\"n\">node</th>"
            + "<th>call of the backend</th><th>reads</th><th>writes</th><th class=\"n\">live bytes</th></tr>");
        long[] live = _step.Plan.LiveBytes();
        foreach ((int number, Call call) in _step.Plan.Calls.Index())
        {
            string node = call.Node is null ? string.Empty : $"{_step.NumberOf(call.Node)}";
            string phase = call.Phase == Phase.Replay ? "<span class=\"mark\">replay</span>" : Text(Words(call.Phase));
            string operation = Text(call.Operation) + (call.Grant.Stores ? " <span class=\"soft\">stores</span>" : "");
            _body.Append(CultureInfo.InvariantCulture, $"<tr><td class=\"n\">{number}</td><td>{phase}</td>");
            Append($"<td class=\"n\">{node}</td><td>{operation}</td><td>{Names(call.Reads)}</td>");
            _body.Append(
                CultureInfo.InvariantCulture,
                $"<td>{Names(call.Writes)}</td><td class=\"n\">{live[number]:N0}</td></tr>\n");
        }

        Append("</table></div></details>");
    }

    private static string Words(Phase phase) => phase.ToString().ToLowerInvariant();

    /// <summary>
    /// What the script shows of a storage, by its number; no tag can end it, as the encoder writes no '&lt;'.
    /// </summary>
    private void AddStorages()
    {
        string[] sentences = [.. _step.Plan.Placements.Select(place => string.Create(
            CultureInfo.InvariantCulture,
            $"{place.Storage}: {Categories.Words(place.Storage.Role)}, {place.Bytes:N0} bytes at {place.Offset:N0}, "
            + $"calls {TracedStep.Lives(place)}{(place.Storage.IsRecomputed ? ", dropped and recomputed" : "")}"))];
        string json = JsonSerializer.Serialize(sentences, Json);
        Append($"<script type=\"application/json\" id=\"storages\">{json}</script>");
    }

    private string Names(IEnumerable<Tensor> tensors) => string.Join(", ", tensors.Distinct().Select(Name));

    private string Name(Tensor tensor)
    {
        // Lines break behind the dots of a name, and not between first and last channel (word joiners).
        string name = Text(TraceValues.NameOf(tensor)).Replace(".", ".<wbr>", StringComparison.Ordinal)
            .Replace("…", "\u2060…\u2060", StringComparison.Ordinal);
        return _step.NumberOf(tensor.Storage) is { } number
            ? string.Create(CultureInfo.InvariantCulture, $"<span data-s=\"{number}\">{name}</span>")
            : name;
    }

    private static string Text(string text) => HtmlPage.Text(text);

    private void Append(string html) => _body.Append(html);
}
