using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

public sealed class TraceCommandTests
{
    [Test]
    public void Trace_OfAModel_HasEveryNodeWithLivesAndMarks()
    {
        CommandRun run = CommandRun.Of(
            "trace --model densenet-bc-10-4 --batch-size 2 --device reference --memory slab-minimal");
        string[] lines = run.Output.Split('\n');
        Assert.Multiple(() =>
        {
            Assert.That(run.Code, Is.Zero, run.Error);
            Assert.That(lines, Has.Some.Match(@"^ +0 +Convolution +images, 1 parameter +features\.denseblock1\[0…7\]"));
            Assert.That(
                lines,
                Has.Exactly(3).Match(@"NormReluConvolution .*denselayer1\.conv1 \[.*\d+…\d+, \d+…\d+ .*recomputed"));
            Assert.That(lines, Has.Some.Match(@" d normalised features\.denseblock1 .* scratch"));
            Assert.That(lines, Has.Some.Match(@"^slab-minimal: \d+ nodes, \d+ calls, an arena of [\d,]+ bytes\.$"));
        });
    }

    [Test]
    public void Trace_OfASlab_RecomputesWhatTransitionsPool() =>
        Assert.That(
            CommandRun.Of("trace --model densenet-bc-10-4 --batch-size 2").Output.Split('\n')
                .Count(line => line.Contains("recomputed", StringComparison.Ordinal)),
            Is.EqualTo(2));

    [Test]
    public void TraceValues_OfSlabMinimal_ReplaysTheBottleneckToTheSameNumbers()
    {
        string[] lines = CommandRun.Of("trace --values").Output.ReplaceLineEndings("\n").Split('\n');
        int forward = Array.FindIndex(lines, line => line.StartsWith("FORWARD node 2", StringComparison.Ordinal));
        int replay = Array.FindIndex(lines, line => line.StartsWith("REPLAY node 2", StringComparison.Ordinal));
        string[] NumbersOfTwoTensors(int from) =>
            [.. lines.Skip(from).Where(line => line.TrimStart().StartsWith('[')).Take(4)];
        Assert.Multiple(() =>
        {
            Assert.That(forward, Is.Positive);
            Assert.That(replay, Is.GreaterThan(forward));
            Assert.That(NumbersOfTwoTensors(replay), Is.EqualTo(NumbersOfTwoTensors(forward)).And.Length.EqualTo(4));
        });
    }

    [Test]
    public void TraceValues_OfTheSameBlock_AreTheSameEveryTime()
    {
        string first = CommandRun.Of("trace --values").Output, second = CommandRun.Of("trace --values").Output;
        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public void TraceValues_OfEveryStrategy_EndInTheSameGradients()
    {
        string[] ends = [.. new[] { "naive", "slab", "slab-minimal" }.Select(WeightGradient)];
        Assert.That(ends.Distinct().Count(), Is.EqualTo(1));
    }

    /// <summary>The numbers below the gradient of the first convolution's weights.</summary>
    private static string WeightGradient(string memory)
    {
        string[] lines = CommandRun.Of($"trace --values --memory {memory}").Output.ReplaceLineEndings("\n").Split('\n');
        int heading = Array.FindIndex(
            lines, line => line.StartsWith("    d block.denselayer1.conv1.weight", StringComparison.Ordinal));
        return lines[heading + 1];
    }
}
