using System.Globalization;
using DenseNetRaw.Models;

namespace DenseNetRaw.Cli.Report;

/// <summary>The figures of what a run's weights show, and sentences on what could not be shown.</summary>
/// <param name="weights">What they show.</param>
internal sealed class WeightFigures(TrainedWeights weights)
{
    private const int ConvolutionStyle = 0, NormStyle = 1;
    private const double LogarithmicFrom = 10;

    /// <summary>The gradient of each layer over the depth of the network.</summary>
    public Html Gradients()
    {
        const string Title = "Gradient by layer";
        if (weights.Gradients is not { } gradients)
            return Html.None;
        ChartLine[] lines =
        [
            .. new[] { Line("convolutions, linear", ConvolutionStyle, false), Line("norms", NormStyle, true) }
                .Where(line => line.Points.Count > 0),
        ];
        if (lines.Length == 0)
            return Html.None;
        double least = lines.Min(line => line.Points.Min(point => point.Y));
        double most = lines.Max(line => line.Points.Max(point => point.Y));
        bool isLogarithmic = most >= LogarithmicFrom * least;
        LineChart chart = new()
        {
            Label = string.Create(
                CultureInfo.InvariantCulture,
                $"Norm of the loss’s gradient by each layer’s parameters, from the first layer to the last; it lies "
                + $"between {least:G3} and {most:G3}."),
            Lines = lines,
            Along = "layer, in order of depth",
            IsLogarithmic = isLogarithmic,
            IsFromZero = !isLogarithmic,
        };
        return Figure.Of(
            Title,
            Html.Of(
                $"""
                <p class="muted">‖∂loss/∂w‖ of {Headline.Count(gradients.Images, "training image")} without
                augmentation, with the weights of {weights.Name}; loss {HeatMap.Number(gradients.Loss)}.</p>
                """),
            chart,
            Figure.Table(
                ["layer", "key", "gradient", "weights", "gradient / weights", "parameters"],
                gradients.Layers.Select((layer, i) => (string[])
                [
                    $"{i + 1}", layer.Layer, HeatMap.Number(layer.Norm), HeatMap.Number(layer.WeightNorm),
                    layer.WeightNorm > 0 ? HeatMap.Number(layer.Norm / layer.WeightNorm) : RunRecord.Unknown,
                    layer.Parameters.ToString("N0", CultureInfo.InvariantCulture),
                ])));

        ChartLine Line(string name, int style, bool isNorm) => new(
            name, style,
            [
                .. gradients.Layers.Index()
                    .Where(layer => layer.Item.IsNorm == isNorm && layer.Item.Norm > 0
                        && double.IsFinite(layer.Item.Norm))
                    .Select(layer => (layer.Index + 1.0, layer.Item.Norm)),
            ]);
    }

    /// <summary>What the layers of each dense block read.</summary>
    public Html Reuse()
    {
        if (weights.Reuse.Count == 0)
            return Html.None;
        return Html.Of(
            $"""
            <figure class="card span">
            <figcaption><h2>Feature reuse</h2></figcaption>
            <p class="muted">Average absolute weight that each layer’s first convolution gives to the feature maps of
            each source before it (Huang et al. 2017, figure 5), with the weights of {weights.Name}; rows are sources,
            columns readers, colours shares of the block’s largest.</p>
            <ul class="legend scale"><li>0</li>{Enumerable.Range(0, HeatMap.Levels).Select(level => Html.Of(
                $"""
                <li><svg width="18" height="12" aria-hidden="true">
                <rect class="h{level}" width="18" height="12"/></svg></li>
                """))}<li>the largest</li></ul>
            <div class="maps">{weights.Reuse.Select(Map)}</div>
            </figure>
            """);
    }

    /// <summary>Why something is not there; nothing where all is.</summary>
    public Html Missing() => weights.Missing.Count == 0 ? Html.None : Html.Of(
        $"""
        <section class="card span"><h2>Gradients and weights</h2>
        {weights.Missing.Select(why => Html.Of($"<p>{why}</p>"))}</section>
        """);

    private static Html Map(FeatureReuse block)
    {
        HeatMap map = new(block);
        return Html.Of(
            $"""
            <div class="heat">
            <h3>{block.Block}, largest {HeatMap.Number(map.Largest)}</h3>
            {map.ToSvg()}
            <details><summary>Table</summary><div class="scroll">{map.Table()}</div></details>
            </div>
            """);
    }
}
