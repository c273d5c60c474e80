using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;
using DenseNetRaw.Training;
using Spectre.Console;

namespace DenseNetRaw.Cli;

/// <summary>The answer of <c>densenet fit</c>, as a table or as JSON.</summary>
internal sealed class FitReport
{
    private readonly string _question;
    private readonly long _budgetBytes;
    private readonly IReadOnlyList<Entry> _entries;
    private readonly Entry? _choice;

    private FitReport(string question, IReadOnlyList<SessionPlan> plans, Func<SessionPlan, Entry> entry, bool hasChoice)
    {
        (_question, _budgetBytes) = (question, plans[0].AllowedBytes);
        if (!plans.Any(plan => plan.Fits))
            plans.MinBy(plan => plan.TotalBytes)!.RequireFit();
        _entries = [.. plans.Select(entry)];
        _choice = hasChoice
            ? _entries.Where(e => e.Fits).OrderBy(e => e.Cost).ThenBy(e => e.TotalBytes).First()
            : null;
    }

    /// <summary>The largest batch for every strategy.</summary>
    /// <exception cref="InsufficientMemoryException">Not one image fits.</exception>
    public static FitReport OfBatches(IReadOnlyList<SessionPlan> plans) =>
        new("the largest batch of a training step", plans, Entry.Of, hasChoice: false);

    /// <summary>The deepest network for every strategy.</summary>
    /// <exception cref="InsufficientMemoryException">Not the shallowest fits.</exception>
    public static FitReport OfDepths(IReadOnlyList<SessionPlan> plans) => new(
        $"the deepest network that trains on a batch of {plans[0].BatchSize}, "
        + $"of at most {BudgetSearch.MostLayersOfABlock} layers a block", plans,
        plan => Entry.Of(plan) with { Depth = plan.Model.Configuration.Depth }, hasChoice: false);

    /// <summary>Every strategy for one batch; costs are relative to the cheapest that fits, which is chosen.</summary>
    /// <exception cref="InsufficientMemoryException">None fits.</exception>
    public static FitReport OfStrategies(IReadOnlyList<SessionPlan> plans)
    {
        double least = plans.Where(plan => plan.Fits).Select(plan => plan.Cost).DefaultIfEmpty(1).Min();
        return new FitReport(
            $"the strategy that costs least for a batch of {plans[0].BatchSize}", plans,
            plan => Entry.Of(plan) with { Cost = plan.Cost / least }, hasChoice: true);
    }

    /// <summary>One JSON document: the chosen entry, if one is chosen, and all of them.</summary>
    public string ToJson(Backend backend)
    {
        JsonObject document = _choice is null ? [] : Node(_choice).AsObject();
        document["budgetBytes"] = _budgetBytes;
        document["device"] = backend.Name;
        foreach ((string key, JsonNode? value) in Node(DeviceSettings.Of(backend)).AsObject().ToList())
            document[key] = value?.DeepClone();
        document["results"] = new JsonArray([.. _entries.Select(Node)]);
        return document.ToJsonString();

        static JsonNode Node<T>(T entry) => JsonSerializer.SerializeToNode(entry, JsonOutput.WithoutNulls)!;
    }

    /// <summary>A table for people, and what its numbers mean.</summary>
    public void Write(TextWriter output, Backend backend)
    {
        Table table = ConsoleTables.New([.. Columns().Select(column => (column.Heading, column.IsNumber))]);
        foreach (Entry entry in _entries)
            table.AddPlainRow([.. Columns().Select(column => column.Cell(entry))]);
        output.WriteTable(table);
        output.WriteText(
            Text($"Within {_budgetBytes / Units.MebibyteBytes:N1} MiB on the {DeviceSettings.InWords(backend)}: ")
            + $"{_question}. "
            + "The total is the arena and what lies outside it: parameters, their gradients, momentum, running "
            + "statistics. Nothing was allocated.");
        output.WriteText(_choice is not null
            ? "Cost counts a step's multiply-adds, and "
                + Text($"{Call.MultiplyAddsPerByte} for each byte it moves; that of the choice (*) is 1.")
            : "auto reaches as far as slab-minimal, and below that keeps what there is room for.");
    }

    private IEnumerable<(string Heading, bool IsNumber, Func<Entry, string> Cell)> Columns()
    {
        yield return ("--memory", false, e => e == _choice ? $"{e.Memory} *" : e.Memory);
        yield return ("model", false, e => e.Model);
        yield return ("parameters", true, e => Text($"{e.Parameters:N0}"));
        yield return ("batch", true, e => Text($"{e.BatchSize:N0}"));
        yield return ("arena, MiB", true, e => Text($"{e.PeakBytes / Units.MebibyteBytes:N1}"));
        yield return ("total, MiB", true, e => Text($"{e.TotalBytes / Units.MebibyteBytes:N1}"));
        yield return ("fits", false, e => e.Fits ? "yes" : "no");
        if (_choice is not null)
        {
            yield return ("cost", true, e => Text($"{e.Cost:F3}"));
            yield return ("computed again", true, e => Text($"{e.RecomputedValues} values"));
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>What is said of one plan.</summary>
    private sealed record Entry(
        string Model, int? Depth, long Parameters, int BatchSize, string Memory, bool Fits, long PeakBytes,
        long TotalBytes, double? Cost, IReadOnlyList<string>? Kept, [property: JsonIgnore] int RecomputedValues)
    {
        public static Entry Of(SessionPlan plan) => new(
            plan.Model.Configuration.Name, null, plan.Model.Parameters.Sum(parameter => parameter.Shape.Count),
            plan.BatchSize, plan.Memory.Name, plan.Fits, plan.PeakBytes, plan.TotalBytes, null,
            plan.Planned.Kept, plan.Planned.RecomputedValues);
    }
}
