using System.Text.Json.Nodes;
using DenseNetRaw.Models;

namespace DenseNetRaw.Cli.Report;

/// <summary>The page of one run.</summary>
internal sealed class RunPage
{
    private const int MostClassNames = 20;
    private readonly RunRecord _run;
    private readonly RunPlans _plans;
    private readonly Headline _headline;

    private readonly TrainedWeights _weights;

    private RunPage(RunRecord run, TrainedWeights weights, RunPlans plans) =>
        (_run, _weights, _plans, _headline) = (run, weights, plans, Headline.Of(run, plans));

    /// <summary>The page.</summary>
    public static string Of(RunRecord run, TrainedWeights weights) =>
        new RunPage(run, weights, RunPlans.Of(run)).Page();

    private string Page()
    {
        CurveFigures curves = new(_run);
        MemoryFigure memory = new(_plans, _run.Memory.PeakBytes);
        WeightFigures weights = new(_weights);
        return PageFrame.Of(
            $"{_run.Name} · densenet",
            Html.Of(
                $"""
                <header><h1>{_run.Name}</h1><p class="status">{RunStatus.Of(_run)}</p>
                <p class="muted">{Summary()}</p></header>
                <div class="tiles">{Tiles()}</div>
                <div class="board">
                {curves.Error()}
                {curves.Loss()}
                {curves.ExitErrors()}
                {memory.OverAStep()}
                {memory.Peaks()}
                {new TimeFigure(_run.Profile).Of()}
                {Network()}
                {weights.Gradients()}
                {curves.LearningRate()}
                {curves.Speed()}
                {weights.Reuse()}
                {weights.Missing()}
                </div>
                {Environment()}
                {Arguments()}
                """),
            new { Runs = new[] { new RunData(_headline, _run.Metrics.Epochs) } });
    }

    private string Summary() =>
        $"{_run.Model.Name} on {_run.Text("data", "training")}, {_run.Device} device, batch {_run.BatchSize}, "
        + $"--memory {_run.Memory.Strategy}, started {_run.Text("started").Split('.')[0].Replace('T', ' ')}";

    private IEnumerable<Html> Tiles()
    {
        yield return Tile(
            "best-error", $"best {_run.Evaluation} error", Headline.Percent(_headline.BestError),
            _headline.BestEpoch is { } best
                ? $"epoch {best}; last {Headline.Percent(_headline.LastError)}"
                : "no epoch has ended");
        yield return Tile(
            "peak", "peak memory of a step", Headline.Bytes(_headline.PeakBytes),
            $"parameters etc. {Headline.Bytes(_run.Memory.StateBytes)}");
        yield return Tile(
            "saved", "less memory than naive", Headline.Times(_headline.SavedAgainstNaive),
            $"which needs {Headline.Bytes(_plans.Naive.Plan.PeakBytes)}");
        yield return Tile(
            "speed", "training images/s", Headline.Number(_headline.ImagesPerSecond), "median of the epochs");
        string more = $"{Headline.Percent(_headline.RecomputedShare)} more multiply-adds";
        yield return _headline.ReplayTimeShare is { } share
            ? Tile("recomputed", "recompute cost", Headline.Percent(share), $"of a step’s time; {more}")
            : Tile("recomputed", "recompute cost", Headline.Percent(_headline.RecomputedShare), "more multiply-adds");
        yield return Tile(
            "time", "time of all steps", Headline.Time(_headline.StepSeconds),
            $"{Headline.Count(_headline.Steps, "step")}, evaluations left out");
    }

    private static Html Tile(string id, string name, string number, string words) => Html.Of(
        $"""
        <div class="tile" id="{id}">
        <h2>{name}</h2><p class="number">{number}</p><p class="muted">{words}</p>
        </div>
        """);

    private Html Network()
    {
        const string Title = "The network";
        if (_run.Model is not DenseNetConfiguration model)
        {
            return Html.Of(
                $"""
                <section class="card"><h2>{Title}</h2><p>The picture is drawn of DenseNets alone; of {_run.Model.Name}
                <code>densenet describe</code> lists the layers.</p></section>
                """);
        }

        NetworkChart chart = new(model);
        return Figure.Of(
            Title, Html.Of(
                $"""
                <p class="muted">Each bar is as long as the feature map has channels; a slice is what one layer adds,
                {model.GrowthRate} channels.</p>
                """),
            Html.Of($"{chart.ToSvg(Figure.Wide, Figure.WideClass)}{chart.ToSvg(Figure.Narrow, Figure.NarrowClass)}"),
            Figure.Table(["part", "channels"], chart.Rows().Select(row => (string[])[row.Name, row.Channels])));
    }

    private Html Environment() => Html.Of(
        $"""
        <section class="card"><h2>Where and with what</h2>
        <div class="scroll">{Figure.Table(["", ""], EnvironmentRows())}</div>
        <h3>Command</h3><pre>{_run.Text("command")}</pre>
        {FirstCommand()}</section>
        """);

    /// <summary>Of a run that went on, the line that it was begun with.</summary>
    private Html FirstCommand() => _run.At("firstCommand") is null ? Html.None : Html.Of(
        $"""<h3>Command that it was begun with</h3><pre>{_run.Text("firstCommand")}</pre>""");

    private IEnumerable<IReadOnlyList<string>> EnvironmentRows()
    {
        yield return ["run folder", _run.Folder];
        foreach ((string name, JsonNode? _) in _run.At("device") as JsonObject ?? [])
            yield return [name == "name" ? "device" : name, _run.Text("device", name)];
        foreach ((string name, JsonNode? _) in _run.At("versions") as JsonObject ?? [])
            yield return [name, _run.Text("versions", name)];
        yield return ["commit", _run.Text("commit")];
        yield return ["training images", $"{_run.Text("data", "trainingImages")}, {_run.Text("data", "training")}"];
        yield return
        [
            $"{_run.Evaluation} images", $"{_run.Text("data", "evaluationImages")}, {_run.Text("data", "evaluation")}",
        ];
        JsonArray classes = _run.At("data", "classNames") as JsonArray ?? [];
        string more = classes.Count > MostClassNames ? ", …" : "";
        yield return ["classes", string.Join(", ", classes.Take(MostClassNames).Select(name => $"{name}")) + more];
    }

    private Html Arguments() => Html.Of(
        $"""
        <section class="card"><h2>Arguments</h2>
        <div class="halves">{_run.Arguments.Chunk((_run.Arguments.Count + 2) / 2).Select(half => Figure.Table(
            ["argument", "value", "from"],
            half.Select(argument => (string[])[$"--{argument.Name}", argument.Value, argument.From])))}</div></section>
        """);
}
