using System.Globalization;
using System.Text;
using System.Xml.Linq;
using DenseNetRaw.Cli.Charts;
using DenseNetRaw.Memory;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli.Charts;

public sealed class TimelineChartTests
{
    private static readonly XNamespace SvgElements = "http://www.w3.org/2000/svg";

    private static IEnumerable<string> Strategies => MemoryStrategy.Ladder.Select(strategy => strategy.Name);

    [TestCaseSource(nameof(Strategies))]
    public void Chart_OfAStrategy_IsXmlWithTitleAxesLinesAndLegend(string strategy)
    {
        string[] texts = [.. Texts(Svg(SmallTimeline.Of(strategy)))];
        Assert.Multiple(() =>
        {
            Assert.That(
                texts,
                Is.SupersetOf(
                    new[]
                    {
                        $"{SmallTimeline.Model}, batch of {SmallTimeline.BatchSize}, {strategy}, reference device",
                        "Bytes live during each call of a training step", "The arena", "live, MiB", "address, MiB",
                        "backend call, in order", "forward", "backward",
                    }));
            Assert.That(texts, Has.One.StartsWith("planned peak ").And.One.Contains("lower bound "));
            int copies = strategy.StartsWith("slab", StringComparison.Ordinal) ? 0 : 1;
            Assert.That(
                texts,
                Has.One.EqualTo("input").And.One.EqualTo("features").And.One.EqualTo("gradients")
                    .And.Exactly(copies).EqualTo("normalised copies")
                    .And.None.EqualTo("statistics"));
        });
    }

    [Test]
    public void Chart_OfNaive_NamesConcatenationsAndOfSlabDoesNot()
    {
        Assert.That(Texts(Svg(SmallTimeline.Of("naive"))), Has.One.EqualTo("concatenations"));
        Assert.That(Texts(Svg(SmallTimeline.Of("slab"))), Has.None.EqualTo("concatenations"));
    }

    [Test]
    public void Chart_DrawnTwice_IsTheSameToTheByte()
    {
        string expected = Svg(SmallTimeline.Of("slab-minimal"));
        Assert.That(Svg(SmallTimeline.Of("slab-minimal")), Is.EqualTo(expected));
    }

    [Test]
    public void Chart_WhereCommasSeparateDecimals_IsTheSame()
    {
        string expected = Svg(SmallTimeline.Of("slab"));
        CultureInfo culture = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo commas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            commas.NumberFormat.NumberDecimalSeparator = ",";
            commas.NumberFormat.NumberGroupSeparator = ".";
            CultureInfo.CurrentCulture = commas;
            Assert.That(Svg(SmallTimeline.Of("slab")), Is.EqualTo(expected));
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [Test]
    public void Map_OfTheArena_HasARectangleForEveryLife()
    {
        Timeline timeline = SmallTimeline.Of("slab-minimal");
        int rectangles = XDocument.Parse(Svg(timeline)).Descendants(SvgElements + "rect").Count();
        Assert.That(
            rectangles, Is.AtLeast(timeline.Plan.Placements.Sum(placement => placement.Lifetimes.Count)));
    }

    private static IEnumerable<string> Texts(string svg) =>
        XDocument.Parse(svg).Descendants(SvgElements + "text").Select(text => text.Value);

    private static string Svg(Timeline timeline)
    {
        using MemoryStream stream = new();
        TimelineChart.Write(timeline, stream);
        return Encoding.UTF8.GetString(stream.ToArray()).TrimStart('\uFEFF');
    }
}
