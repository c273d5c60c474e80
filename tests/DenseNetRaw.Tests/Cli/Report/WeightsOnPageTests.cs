using System.Text.RegularExpressions;
using DenseNetRaw.Cli;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli.Report;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class WeightsOnPageTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Test]
    public void Page_OfARunWithACheckpoint_ShowsReuseAndGradients()
    {
        string page = Page(Train());
        Assert.Multiple(() =>
        {
            Assert.That(page, Does.Contain("<h2>Feature reuse</h2>").And.Contain("<h2>Gradient by layer</h2>"));
            Assert.That(Maps().Count(page), Is.EqualTo(3));
            Assert.That(page, Does.Match("weights of checkpoints/step-0*4/model.safetensors"));
            Assert.That(page, Does.Contain("<td>features.denseblock3.denselayer1.conv1</td>"));
            Assert.That(page, Does.Not.Contain("Gradients and weights</h2>"));
        });
    }

    [Test]
    public void Page_WithAnotherCheckpoint_NamesItsWeights()
    {
        string run = Train(), weights = Path.Combine(run, "best.safetensors");
        Assert.That(Page(run, "--checkpoint", weights), Does.Contain("weights of best.safetensors"));
        string other = _temporary.File("other.safetensors");
        File.WriteAllText(other, "none");
        CommandRun.Of("report", run, "--checkpoint", other).AssertFails(ExitCode.BadData, other);
        CommandRun.Of("report", run, run, "--checkpoint", weights)
            .AssertFails(ExitCode.Usage, "--checkpoint", "expected one run, found 2");
    }

    [Test]
    public void Page_OfARunWhoseImagesAreGone_SaysSoAndFindsThemElsewhere()
    {
        string run = Train(), moved = _temporary.File("moved");
        Directory.Move(_temporary.File("data"), moved);
        Assert.That(
            Page(run), Does.Contain("The gradients need the run&#39;s images, which cannot be read")
                .And.Contain("<h2>Feature reuse</h2>").And.Not.Contain("<h2>Gradient by layer</h2>"));
        Assert.That(Page(run, "--data", moved), Does.Contain("<h2>Gradient by layer</h2>"));
        CommandRun.Of("report", run, "--data", _temporary.File("data")).AssertFails(ExitCode.BadData, "data");
    }

    [Test]
    public void Page_OfARunWithoutWeights_SaysSo() =>
        Assert.That(
            Page(StoredRun.Minimal), Does.Contain("The run has saved no weights yet.")
                .And.Not.Contain("<h2>Feature reuse</h2>"));

    private string Train()
    {
        string run = _temporary.File("run");
        CommandRun.Of(
            [
                "train", .. CommandRun.TinyModel, "--data", TinyCifar.Write(_temporary.File("data")), "--batch-size",
                "8", "--epochs", "2", "--max-steps", "4", "--threads", "2", "--output-dir", run,
            ]).AssertSucceeds();
        return run;
    }

    private string Page(string run, params string[] more)
    {
        string page = _temporary.File("page.html");
        CommandRun.Of(["report", run, "--output", page, .. more]).AssertSucceeds();
        return File.ReadAllText(page);
    }

    [GeneratedRegex("<div class=\"heat\">")]
    private static partial Regex Maps();
}
