using DenseNetRaw.Models;

namespace DenseNetRaw.Cli.Report;

/// <summary>
/// A network's blocks as SVG: each a bar as long as it has channels, those that it begins with and then a slice for
/// every layer; a transition gives the next its first channels.
/// </summary>
/// <param name="model">The network.</param>
internal sealed class NetworkChart(DenseNetConfiguration model)
{
    private const double RowHeight = 40, BarTop = 20, BarHeight = 14, LeastGap = 3;

    /// <summary>The picture in a width.</summary>
    /// <param name="width">In pixels.</param>
    /// <param name="variant">Its class in the style sheet.</param>
    public Html ToSvg(double width, string variant)
    {
        List<Stage> stages = Stages();
        double pixels = width / stages.Max(stage => stage.IsClassifier ? stage.From : Math.Max(stage.From, stage.To));
        string label = $"The blocks of {model.Name}: "
            + string.Join("; ", stages.Select(stage => $"{stage.Name}, {stage.Channels}"));
        return Html.Of(
            $"""
            <svg class="{variant}" viewBox="0 0 {width} {stages.Count * RowHeight}" role="img" aria-label="{label}">
            {stages.Select((stage, i) => Row(stage, i * RowHeight, width, pixels))}
            </svg>
            """);
    }

    /// <summary>Name, extents and channels of each stage, for a table.</summary>
    public IEnumerable<(string Name, string Channels)> Rows() =>
        Stages().Select(stage => (stage.Name, stage.Channels));

    private List<Stage> Stages()
    {
        int channels = model.InitialChannels, height = model.InputHeight, width = model.InputWidth;
        List<Stage> stages = [];
        if (model.HasImageNetStem)
            (height, width) = (Half(Half(height)), Half(Half(width)));
        stages.Add(new Stage(
            $"stem {(model.HasImageNetStem ? "7×7, pooling" : "3×3")} · {height}×{width}", channels, channels, 0));
        for (int block = 1; block <= model.BlockLayers.Count; block++)
        {
            int layers = model.BlockLayers[block - 1], grown = channels + (layers * model.GrowthRate);
            string name = $"block {block}: {Headline.Count(layers, "layer")} · {height}×{width}";
            stages.Add(new Stage(name, channels, grown, layers));
            channels = grown;
            if (block == model.BlockLayers.Count)
                break;
            channels = Math.Max(1, (int)(channels * model.Compression));
            (height, width) = (height / 2, width / 2);
            stages.Add(new Stage($"transition {block} · {height}×{width}", grown, channels, 0));
        }

        stages.Add(new Stage("pooling, linear", channels, model.Classes, 0) { IsClassifier = true });
        return stages;
    }

    private static int Half(int extent) => (extent + 1) / 2;

    private Html Row(Stage stage, double top, double width, double pixels)
    {
        double y = top + BarTop;
        bool isBlock = stage.Layers > 0;
        double first = (isBlock || stage.IsClassifier ? stage.From : stage.To) * pixels;
        double slice = model.GrowthRate * pixels, gap = slice > LeastGap ? 1 : 0;
        IEnumerable<Html> layers = Enumerable.Range(0, stage.Layers).Select(layer => Html.Of(
            $"""
            <rect class="bar s{1 + (layer % 2)}" x="{first + (layer * slice)}" y="{y}" width="{slice - gap}"
             height="{BarHeight}"><title>layer {layer + 1}: channels {stage.From + (layer * model.GrowthRate)} to
            {stage.From + ((layer + 1) * model.GrowthRate) - 1}</title></rect>
            """));
        return Html.Of(
            $"""
            <text class="start" x="0" y="{top + 14}">{stage.Name}</text>
            <text class="end" x="{width}" y="{top + 14}">{stage.Channels}</text>
            <rect class="bar {(isBlock || stage.IsClassifier ? "before" : "s0")}" x="0" y="{y}" width="{first}"
             height="{BarHeight}"><title>{stage.Channels}</title></rect>
            {layers}
            """);
    }

    /// <summary>A part of the network.</summary>
    /// <param name="Name">In words.</param>
    /// <param name="From">Channels before it.</param>
    /// <param name="To">Channels after it.</param>
    /// <param name="Layers">Dense layers.</param>
    private sealed record Stage(string Name, int From, int To, int Layers)
    {
        /// <summary>Whether it gives logits.</summary>
        public bool IsClassifier { get; init; }

        /// <summary>The channels in words.</summary>
        public string Channels => IsClassifier ? $"{From} ch → {To} classes"
            : From == To ? $"{To} ch" : $"{From} → {To} ch";
    }
}
