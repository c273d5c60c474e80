using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using DenseNetRaw.Cli;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli.Trace;

/// <summary>A trace as a graph and as a page, of a small network with recomputed values.</summary>
public sealed partial class TraceFormatTests
{
    private const string Trace = "trace --model densenet-bc-10-4 --batch-size 2 --device reference --memory ";

    [Test]
    public void Dot_HasEveryNodeAndTheVariablesWithTheirPlaces()
    {
        string dot = Print("slab-minimal --format dot");
        int nodes = int.Parse(Regex.Match(dot, @"(\d+) nodes").Groups[1].Value, CultureInfo.InvariantCulture);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Regex.Count(dot, @"^  n\d+ \[shape=box", RegexOptions.Multiline), Is.EqualTo(nodes));
            Assert.That(
                dot, Does.Contain("n0 [shape=box, label=\"0 Convolution\\nfeatures.conv0.weight [8, 3, 3, 3]\"]"));
            Assert.That(Regex.Count(dot, "filled,dashed"), Is.EqualTo(5), "bottlenecks and pooled copies");
            Assert.That(Regex.Count(dot, "subgraph cluster_"), Is.EqualTo(3), "the slabs");
            Assert.That(
                dot,
                Does.Match(@"recomputed, [\d,]+ bytes at [\d,]+, calls \d+…\d+, \d+…\d+\\ngradient: [\d,]+ bytes"));
        }

        // Every layer of a block reads what the stem or transition wrote.
        Assert.That(dot, Does.Contain("  v0_0 -> n2;\n").And.Contain("  v0_0 -> n6;\n").And.Not.Contain("v0_0 -> n9"));
    }

    [TestCase("naive")]
    [TestCase("slab")]
    public void Dot_DrawnByGraphviz_IsAPicture(string memory)
    {
        using TemporaryFolder folder = new();
        string file = folder.File("tape.dot");
        CommandRun.Of([.. $"{Trace}{memory} --format dot --output".Split(' '), file]).AssertSucceeds();
        string svg = ToolRun.Of("dot", "-Tsvg", file);
        Assert.That(Regex.Count(svg, @"class=""node"""), Is.GreaterThanOrEqualTo(40));
        Assert.That(svg, Does.Contain("SoftmaxCrossEntropy"));
    }

    [TestCase("naive")]
    [TestCase("slab-minimal")]
    public void Page_ShowsEveryLifeOfTheTable(string memory)
    {
        string page = Print($"{memory} --format html");
        string[] table = Print(memory).Split('\n');
        foreach (Match lives in table.SelectMany(line => Lives().Matches(line)))
            Assert.That(page.Contains(lives.Value, StringComparison.Ordinal), lives.Value);
        Assert.That(
            Regex.Count(page, "<span class=\"mark\">recomputed</span>"),
            Is.EqualTo(table.Count(line => line.Contains("recomputed", StringComparison.Ordinal))));
    }

    [Test]
    public void Map_OfAPage_HasOneRectangleALifeWithinTheArena()
    {
        XElement page = Parse(Print("slab-minimal --format html"));
        XElement[] lives = [.. page.Descendants("svg").Single(svg => (string?)svg.Attribute("class") == "arena")
            .Elements("rect")];
        string[] storages = JsonSerializer.Deserialize<string[]>(
            page.Descendants("script").Single(script => (string?)script.Attribute("id") == "storages").Value)!;
        Assert.That(lives, Has.Length.EqualTo(storages.Sum(s => Lives().Count(s.Split(", calls ")[1]))));
        foreach (XElement life in lives)
        {
            double x = Share(life, "x"), y = Share(life, "y");
            Assert.That(x, Is.InRange(0, 100));
            Assert.That(y, Is.InRange(0, 100));
            Assert.That(x + Share(life, "width"), Is.LessThanOrEqualTo(100.002));
            Assert.That(y + Share(life, "height"), Is.LessThanOrEqualTo(100.002));
            Assert.That(
                storages[int.Parse(life.Attribute("data-s")!.Value, CultureInfo.InvariantCulture)],
                Does.StartWith(life.Element("title")!.Value));
        }
    }

    /// <summary>The policy lets style and script run by their hashes; nothing else may be fetched or run.</summary>
    [Test]
    public void Page_RunsItsOwnScriptAndFetchesNothing()
    {
        string page = Print("slab --format html");
        string style = Regex.Match(page, "<style>(.*?)</style>", RegexOptions.Singleline).Groups[1].Value;
        string script = Regex.Match(page, "<script>(.*?)</script>", RegexOptions.Singleline).Groups[1].Value;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(page, Does.Contain(
                $"default-src 'none'; style-src '{Hash(style)}'; script-src '{Hash(script)}'; base-uri 'none'"));
            Assert.That(page, Does.Not.Contain(" style=").And.Not.Contain(" onclick").And.Not.Contain("href"));
            Assert.That(page, Does.Not.Match("(src|url|@import) ?[=(]"));
            Assert.That(page, Does.Contain("prefers-color-scheme:dark"));
        }
    }

    [Test]
    public void Values_WithAnotherFormat_AreWrongUsage() =>
        CommandRun.Of("trace --values --format html").AssertFails(ExitCode.Usage, "--values", "--format html");

    [Test]
    public void Output_ThatCannotBeWritten_NamesTheFlag()
    {
        using TemporaryFolder folder = new();
        string file = folder.File("nowhere/tape.dot");
        CommandRun.Of([.. $"{Trace}slab --output".Split(' '), file]).AssertFails(ExitCode.Failure, "--output", file);
    }

    private static string Print(string arguments)
    {
        CommandRun run = CommandRun.Of(Trace + arguments);
        run.AssertSucceeds();
        return run.Output.ReplaceLineEndings("\n");
    }

    /// <summary>The page as XML, which it is but for tags that have no end in HTML.</summary>
    private static XElement Parse(string page)
    {
        string body = Regex.Match(page, "<body>.*</body>", RegexOptions.Singleline).Value;
        body = body.Replace("<br>", "<br/>", StringComparison.Ordinal)
            .Replace("<wbr>", "<wbr/>", StringComparison.Ordinal);
        body = Regex.Replace(body, "<script>.*?</script>", string.Empty, RegexOptions.Singleline);
        return XElement.Parse(body);
    }

    private static double Share(XElement element, string name) => double.Parse(
        element.Attribute(name)!.Value.TrimEnd('%'), CultureInfo.InvariantCulture);

    private static string Hash(string text) =>
        $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";

    [GeneratedRegex(@"\d+…\d+(?![\]\d])")]
    private static partial Regex Lives();
}
