using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using DenseNetRaw.Cli.Report;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli.Report;

/// <summary>The pages, looked at by a browser.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class PageInBrowserTests
{
    private const string Drawings =
        """
        const problems = [];
        const shown = [...document.querySelectorAll("main svg[role=img]")].filter(svg => svg.getClientRects().length);
        if (shown.length === 0) problems.push("no drawing is seen");
        for (const svg of shown) {
          if (/NaN|Infinity|undefined/.test(svg.outerHTML)) problems.push("not a number in " + svg.ariaLabel);
          if (!svg.ariaLabel) problems.push("a drawing says nothing to those who do not see it");
          const box = svg.getBoundingClientRect();
          const texts = [...svg.querySelectorAll("text")].map(text => [text.textContent, text.getBoundingClientRect()]);
          for (const [text, at] of texts)
            if (at.left < box.left - 1 || at.right > box.right + 1
                || at.top < box.top - 1 || at.bottom > box.bottom + 1)
              problems.push(`clipped: "${text}" in ${svg.ariaLabel}`);
          texts.forEach(([a, p], i) => texts.slice(i + 1).forEach(([b, q]) => {
            if (p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 3 && q.top < p.bottom - 3)
              problems.push(`overlap: "${a}" and "${b}" in ${svg.ariaLabel}`);
          }));
        }
        for (const figure of document.querySelectorAll("figure"))
          if (!figure.querySelector("table td")) problems.push("no table: " + figure.querySelector("h2").textContent);
        for (const element of document.querySelectorAll(".tile p, .tile h2, .labels label, h1, h2"))
          if (element.getClientRects().length && element.scrollWidth > element.clientWidth + 1)
            problems.push("cut: " + element.textContent);
        for (const cell of document.querySelectorAll(".results td"))
          if (cell.getBoundingClientRect().height > 40) problems.push("broken over lines: " + cell.textContent);
        if (document.documentElement.scrollWidth > innerWidth)
          problems.push(`wider than the window: ${document.documentElement.scrollWidth} of ${innerWidth}`);
        const loaded = performance.getEntriesByType("resource").map(entry => entry.name);
        return [...problems, ...loaded.map(name => "loaded: " + name)];
        """;

    private const string Tabs =
        """
        const problems = [];
        document.querySelectorAll(".labels label").forEach((label, i) => {
          label.click();
          const panes = [...document.querySelectorAll(".pane")];
          const seen = panes.filter(pane => pane.getClientRects().length);
          if (seen.length !== 1 || seen[0] !== panes[i])
            problems.push(`tab ${label.textContent}: ${seen.length} panes`);
          if (!seen[0].querySelector("h3").textContent.startsWith(label.textContent)) problems.push("wrong pane");
        });
        if (document.querySelectorAll(".pane").length < 6) problems.push("fewer than six strategies");
        return problems;
        """;

    private TemporaryFolder _temporary = null!;
    private Browser _browser = null!;
    private string _page = null!, _comparison = null!, _withWeights = null!;

    [OneTimeSetUp]
    public void WritePages()
    {
        _browser = Browser.Start();
        _temporary = new TemporaryFolder();
        (_page, _comparison) = (_temporary.File("page.html"), _temporary.File("comparison.html"));
        CommandRun.Of("report", StoredRun.Slab, "--output", _page).AssertSucceeds();
        string run = _temporary.File("run");
        CommandRun.Of(
            "train", "--model", "densenet-bc-40-2", "--data", TinyCifar.Write(_temporary.File("data")), "--batch-size",
            "8", "--max-steps", "1", "--device", "cpu", "--threads", "1", "--output-dir", run).AssertSucceeds();
        _withWeights = Path.Combine(run, "report.html");
        string other = StoredRun.CopyTo(
            StoredRun.Minimal, _temporary.File("\u202Eevil <script>alert(1) & a long name"));
        CommandRun.Of("report", StoredRun.Slab, other, "--output", _comparison).AssertSucceeds();
    }

    [OneTimeTearDown]
    public void CloseBrowser()
    {
        _browser?.Dispose();
        _temporary?.Dispose();
    }

    [Test]
    public void Pages_AtAnyWidth_HaveNothingClippedOverlappingOrLoaded(
        [Values(1280, 390)] int width, [Values] bool isComparison)
    {
        _browser.Show(isComparison ? _comparison : _page, width);
        Assert.Multiple(() =>
        {
            Assert.That(_browser.Problems(Drawings), Is.Empty);
            Assert.That(_browser.Console(), Is.Empty);
        });
    }

    [TestCase(1280, "screen")]
    [TestCase(390, "screen")]
    [TestCase(1280, "print")]
    public void Page_WithFeatureReuseAndGradients_HasNothingClippedOverlappingOrLoaded(int width, string media)
    {
        _browser.Show(_withWeights, width, "dark", media);
        Assert.Multiple(() =>
        {
            Assert.That(_browser.Problems(Drawings), Is.Empty);
            Assert.That(_browser.Console(), Is.Empty);
            Assert.That(
                _browser.Run("return document.querySelectorAll('.heat svg').length")!.GetValue<int>(), Is.EqualTo(3));
            Assert.That(
                _browser.Run("return getComputedStyle(document.querySelector('.h9')).fill")!.GetValue<string>(),
                Is.EqualTo(media == "print" ? "rgb(34, 36, 79)" : "rgb(242, 237, 192)"));
        });
    }

    [TestCase(1e-4)]
    [TestCase(1)]
    [TestCase(1e5)]
    public void Page_OfStepsOfAnyLength_HasNothingClippedOrOverlapping(double factor)
    {
        string run = StoredRun.CopyTo(Path.GetDirectoryName(_withWeights)!, _temporary.File($"times {factor}"));
        StepProfile profile = StepProfile.TryRead(run)!;
        double Milliseconds(int call) => factor * (call + 0.123456789);
        new StepProfile(
            profile.BatchSize, profile.Rounds, profile.Limits,
            [.. profile.Calls.Select((call, i) => call with { Milliseconds = Milliseconds(i) })]).Write(run);
        string page = _temporary.File($"times {factor}.html");
        CommandRun.Of("report", run, "--output", page).AssertSucceeds();
        _browser.Show(page, 390);
        Assert.That(_browser.Problems(Drawings), Is.Empty);
    }

    /// <summary>A machine may be faster or slower than any, and another one from epoch to epoch.</summary>
    [TestCase(0, 0, 1e-9)]
    [TestCase(1e-9, 1e-7, 1e6)]
    [TestCase(0, 1e7, 1e4)]
    [TestCase(1e6, 1e6, 1)]
    public void Pages_OfRunsOfAnySpeed_HaveNothingClippedOrOverlapping(double even, double odd, double time)
    {
        string Timed(string source)
        {
            string run = StoredRun.CopyTo(source, _temporary.File($"{Path.GetFileName(source)} {even} {odd} {time}"));
            string file = Path.Combine(run, "metrics.jsonl");
            File.WriteAllLines(file, [.. File.ReadLines(file).Select(line => WithTimes(line, even, odd, time))]);
            return run;
        }

        string page = _temporary.File($"speed {even} {odd} {time}.html");
        string one = Timed(StoredRun.Slab), other = Timed(StoredRun.Minimal);
        foreach (string[] runs in new[] { new[] { one }, [one, other] })
        {
            CommandRun.Of(["report", .. runs, "--output", page]).AssertSucceeds();
            foreach (int width in new[] { 390, 1010, 1280 })
            {
                _browser.Show(page, width);
                Assert.That(_browser.Problems(Drawings), Is.Empty, $"{runs.Length} runs, {width} pixels");
            }
        }
    }

    [Test]
    public void Pointer_OverAHeatMap_ShowsItsCell()
    {
        _browser.Show(_withWeights, 1280);
        string shown = _browser.Run(
            """
            const map = document.querySelector(".heat"), svg = map.querySelector("svg"), at = svg.dataset;
            const box = svg.getBoundingClientRect(), pixel = box.width / svg.viewBox.baseVal.width;
            const point = (column, row) => ({
              clientX: box.left + pixel * (Number(at.left) + (column + 0.5) * at.cell),
              clientY: box.top + pixel * (Number(at.top) + (row + 0.5) * at.cell),
            });
            const tip = map.querySelector(".tip");
            svg.dispatchEvent(new PointerEvent("pointermove", point(3, 1)));
            const text = tip.textContent, value = map.querySelectorAll("tbody tr")[1].children[4].textContent;
            svg.dispatchEvent(new PointerEvent("pointermove", point(1, 3)));
            return `${text}, ${value}, ${tip.hidden}`;
            """)!.GetValue<string>();
        Assert.That(shown, Does.Match("^layer 4 reads layer 1\n([0-9.E-]+), \\1, true$"));
    }

    [TestCase(1280)]
    [TestCase(390)]
    public void Tabs_OfEveryStrategy_ShowTheirPaneAloneAndWell(int width)
    {
        _browser.Show(_page, width);
        Assert.That(_browser.Problems(Tabs), Is.Empty);
        for (int tab = 0; tab < 6; tab++)
        {
            _browser.Run($"document.querySelectorAll('.labels label')[{tab}].click()");
            Assert.That(_browser.Problems(Drawings), Is.Empty);
        }
    }

    [Test]
    public void Headline_OfAPage_AgreesWithItsDataTheMetricsAndTheCurve()
    {
        _browser.Show(_page, 1280);
        JsonNode[] epochs = [.. Epochs(StoredRun.Slab)];
        double best = 1 - epochs.Max(epoch => epoch["testAccuracy"]!.GetValue<double>());
        JsonNode run = JsonNode.Parse(
            _browser.Run("return document.getElementById('run-data').textContent")!.GetValue<string>())!["runs"]![0]!;
        string Number(string tile) =>
            _browser.Run($"return document.querySelector('#{tile} .number').textContent")!.GetValue<string>();
        double[] speeds = [.. epochs.Select(epoch => epoch["imagesPerSecond"]!.GetValue<double>()).Order()];
        long peak = epochs[0]["peakBytes"]!.GetValue<long>();
        Assert.Multiple(() =>
        {
            Assert.That(run["headline"]!["bestError"]!.GetValue<double>(), Is.EqualTo(best).Within(1e-12));
            Assert.That(
                Number("best-error"), Is.EqualTo(string.Create(CultureInfo.InvariantCulture, $"{100 * best:F2} %")));
            Assert.That(Number("speed"), Is.EqualTo(Headline.Number(speeds[speeds.Length / 2])));
            Assert.That(Number("peak"), Is.EqualTo($"{peak / (1024.0 * 1024):F1} MiB"));
            Assert.That(run["headline"]!["peakBytes"]!.GetValue<long>(), Is.EqualTo(peak));
            Assert.That(run["epochs"]!.AsArray(), Has.Count.EqualTo(epochs.Length));
            Assert.That(PointOfTheCurve(), Is.EqualTo(100 * best).Within(0.5));
        });
    }

    [Test]
    public void Page_WhenPrinted_ShowsEveryStrategyAndIsADocument()
    {
        _browser.Show(_page, 1280, media: "print");
        int panes = _browser.Run(
            "return [...document.querySelectorAll('.pane')].filter(pane => pane.getClientRects().length).length")!
            .GetValue<int>();
        Assert.That(panes, Is.EqualTo(6));
        Assert.That(_browser.Problems(Drawings), Is.Empty);
        Assert.That(Encoding.ASCII.GetString(_browser.Print().AsSpan(0, 5)), Is.EqualTo("%PDF-"));
    }

    [Test]
    public void Page_InLightAndDark_DiffersInColour()
    {
        string Background(string scheme)
        {
            _browser.Show(_page, 1280, scheme);
            return _browser.Run("return getComputedStyle(document.body).backgroundColor")!.GetValue<string>();
        }

        Assert.That(Background("dark"), Is.Not.EqualTo(Background("light")));
    }

    [Test]
    public void Pointer_OverACurve_ShowsTheRowBelowIt()
    {
        _browser.Show(_page, 1280);
        string shown = _browser.Run(
            """
            const svg = document.querySelector(".plot svg.wide"), box = svg.getBoundingClientRect();
            svg.dispatchEvent(new PointerEvent("pointermove", { clientX: box.right - 20, clientY: box.top + 50 }));
            return svg.closest(".plot").querySelector(".tip").textContent;
            """)!.GetValue<string>();
        Assert.That(shown, Does.StartWith("epoch 6\ntrain error").And.Contain("test accuracy 93.10 %"));
    }

    [Test]
    public void Names_WithMarkupAndControls_AreText()
    {
        _browser.Show(_comparison, 1280);
        Assert.That(
            _browser.Run("return document.querySelectorAll('script').length")!.GetValue<int>(), Is.EqualTo(2));
        Assert.That(
            _browser.Run("return document.querySelector('header').textContent")!.GetValue<string>(),
            Does.Contain("\\u202Eevil <script>alert(1) & a long name"));
    }

    /// <summary>The value at the marked point of the first curve, by the ticks beside it.</summary>
    private double PointOfTheCurve() => _browser.Run(
        """
        const svg = document.querySelector(".plot svg.wide"), best = svg.querySelector("circle.best");
        const ticks = [...svg.querySelectorAll("text.end:not(.muted)")]
          .map(text => [Number(text.getAttribute("y")) - 4, parseFloat(text.textContent)]);
        const [[y0, v0], [y1, v1]] = [ticks[0], ticks[ticks.length - 1]];
        const cx = best.getAttribute("cx"), cy = best.getAttribute("cy");
        const onCurve = svg.querySelector("path.line.s1").getAttribute("d").match(/[\d.]+ [\d.]+/g)
          .some(point => { const [x, y] = point.split(" "); return Math.abs(x - cx) < 0.1 && Math.abs(y - cy) < 0.1; });
        return onCurve ? v0 + (cy - y0) / (y1 - y0) * (v1 - v0) : -1;
        """)!.GetValue<double>();

    /// <summary>A line of metrics with the speed of an even or odd epoch, or a step's time, times a factor.</summary>
    private static string WithTimes(string line, double even, double odd, double time)
    {
        JsonNode json = JsonNode.Parse(line)!;
        (string key, double factor) = json["kind"]!.GetValue<string>() == "step"
            ? ("milliseconds", time)
            : ("imagesPerSecond", json["epoch"]!.GetValue<int>() % 2 == 0 ? even : odd);
        json[key] = factor * json[key]!.GetValue<double>();
        return json.ToJsonString();
    }

    private static IEnumerable<JsonNode> Epochs(string folder) =>
        File.ReadLines(Path.Combine(folder, "metrics.jsonl"))
            .Select(line => JsonNode.Parse(line)!).Where(line => line["kind"]!.GetValue<string>() == "epoch");
}
