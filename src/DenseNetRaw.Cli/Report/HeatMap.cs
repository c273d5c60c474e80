using System.Globalization;
using System.Text;
using DenseNetRaw.Models;

namespace DenseNetRaw.Cli.Report;

/// <summary>
/// What the layers of a dense block read, as SVG: a column for each reader, a row for each source, coloured by the
/// average absolute weight as a share of the block's largest. One width serves all screens.
/// </summary>
/// <param name="block">The block.</param>
internal sealed class HeatMap(FeatureReuse block)
{
    /// <summary>Colours of the scale in the style sheet.</summary>
    public const int Levels = 10;

    private const double Width = 340, LeftMargin = 40, TopMargin = 4, BottomMargin = 38, RightMargin = 2;

    /// <summary>Pixels from one tick's text to the next, at least.</summary>
    private const double TickDistance = 26;

    /// <summary>Cells wider than this have a gap between them.</summary>
    private const double WideCell = 7;

    private double Cell => (Width - LeftMargin - RightMargin) / block.Readers.Count;

    private double Bottom => TopMargin + (Cell * block.Sources.Count);

    /// <summary>The largest number of the block, which has the last colour.</summary>
    public double Largest => block.Weights.Max(weights => weights.Max());

    /// <summary>The picture.</summary>
    public Html ToSvg() => Html.Of(
        $"""
        <svg viewBox="0 0 {Width} {Bottom + BottomMargin}" role="img" aria-label="{Label()}"
         data-left="{LeftMargin}" data-top="{TopMargin}" data-cell="{Cell.ToString("R", CultureInfo.InvariantCulture)}">
        {Cells()}
        {SourceTicks()}
        {ReaderTicks()}
        </svg>
        """);

    /// <summary>A row for each source, a column for each reader.</summary>
    public Html Table() => Figure.Table(
        ["source", .. block.Readers],
        block.Sources.Select((source, s) => (string[])
        [
            source,
            .. block.Weights.Select(weights => s < weights.Count ? Number(weights[s]) : ""),
        ]));

    /// <summary>A weight in three digits.</summary>
    public static string Number(double weight) => weight.ToString("G3", CultureInfo.InvariantCulture);

    private string Label() =>
        $"{block.Block}: average absolute weight that each of {Headline.Count(block.Readers.Count, "reader")}, the "
        + $"last the {block.Readers[^1]}, gives to each source before it; the largest is {Number(Largest)}.";

    /// <summary>All cells of a colour are one path.</summary>
    private IEnumerable<Html> Cells()
    {
        double side = Cell > WideCell ? Cell - 1 : Cell;
        StringBuilder[] paths = [.. Enumerable.Range(0, Levels).Select(_ => new StringBuilder())];
        for (int reader = 0; reader < block.Weights.Count; reader++)
        {
            for (int source = 0; source < block.Weights[reader].Count; source++)
            {
                double x = LeftMargin + (reader * Cell), y = TopMargin + (source * Cell);
                paths[LevelOf(block.Weights[reader][source])].Append(
                    CultureInfo.InvariantCulture, $"M{x:0.##} {y:0.##}h{side:0.##}v{side:0.##}h-{side:0.##}z");
            }
        }

        return paths.Index().Where(path => path.Item.Length > 0).Select(path => Html.Of(
            $"""<path class="h{path.Index}" d="{path.Item.ToString()}"/>"""));
    }

    private int LevelOf(double weight) =>
        Largest > 0 ? Math.Min(Levels - 1, (int)(Levels * weight / Largest)) : 0;

    private IEnumerable<Html> SourceTicks() => Ticks(block.Sources.Count).Select(source => Html.Of(
        $"""
        <text class="end" x="{LeftMargin - 6}" y="{TopMargin + ((source + 0.5) * Cell) + 4}">{(
            source == 0 ? block.Sources[0] : $"{source}")}</text>
        """));

    /// <summary>Numbers of layers below, and in a line of their own what the columns are.</summary>
    private Html ReaderTicks()
    {
        double CentreOf(int layer) => LeftMargin + ((layer - 0.5) * Cell);
        IEnumerable<Html> layers = Ticks(block.Readers.Count).Where(layer => layer > 0).Select(layer => Html.Of(
            $"""<text class="middle" x="{CentreOf(layer)}" y="{Bottom + 14}">{$"{layer}"}</text>"""));
        double last = Width - RightMargin - (Cell / 2);
        return Html.Of(
            $"""
            {layers}
            <text class="start muted" x="{LeftMargin}" y="{Bottom + 32}">reading layer</text>
            <text class="end" x="{Width - RightMargin}" y="{Bottom + 32}">{block.Readers[^1]}</text>
            <line class="tick" x1="{last}" x2="{last}" y1="{Bottom + 2}" y2="{Bottom + 18}"/>
            """);
    }

    /// <summary>0 and every so many, as there is room.</summary>
    private IEnumerable<int> Ticks(int count)
    {
        int[] steps = [1, 2, 5, 10, 20, 50, 100];
        int step = Array.Find(steps, step => step * Cell >= TickDistance) is > 0 and int found ? found : count;
        return Enumerable.Range(0, count).Where(i => i % step == 0);
    }
}
