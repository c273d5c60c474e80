using System.Text.Json;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Cli;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

public sealed class FitCommandTests
{
    private const string Fit = "fit --model densenet-bc-16-4 --input-size 12,8 --device reference";

    [Test]
    public void Fit_WithoutABatch_GivesTheLargestForEveryStrategy()
    {
        JsonElement json = CommandRun.Json($"{Fit} --memory-budget 40MiB");
        JsonElement[] results = [.. json.GetProperty("results").EnumerateArray()];
        Assert.That(json.GetProperty("budgetBytes").GetInt64(), Is.EqualTo(40 << 20));
        Assert.That(
            results.Select(result => result.GetProperty("memory").GetString()),
            Is.EqualTo(MemoryStrategy.Ladder.Select(memory => memory.Name)));
        int[] batches = [.. results.Select(result => result.GetProperty("batchSize").GetInt32())];
        Assert.That(batches, Is.Ordered);
        Assert.That(batches[^1], Is.GreaterThan(3 * batches[0]));
        foreach (JsonElement result in results)
        {
            Assert.That(
                result.EnumerateObject().Select(property => property.Name),
                Is.EquivalentTo(
                    new[] { "model", "parameters", "batchSize", "memory", "fits", "peakBytes", "totalBytes" }));
            using ReferenceBackend backend = new();
            SessionPlan plan = new(
                new DenseNet(DenseNetConfiguration.Named("densenet-bc-16-4") with { InputHeight = 12, InputWidth = 8 }),
                backend,
                new SessionSettings
                {
                    TrainingBatchSizes = [result.GetProperty("batchSize").GetInt32()],
                    Memory = MemoryStrategy.Named(result.GetProperty("memory").GetString()!),
                });
            Assert.That(result.GetProperty("peakBytes").GetInt64(), Is.EqualTo(plan.PeakBytes));
            Assert.That(result.GetProperty("totalBytes").GetInt64(), Is.EqualTo(plan.TotalBytes).And.AtMost(40 << 20));
            Assert.That(result.GetProperty("fits").GetBoolean(), Is.True);
        }
    }

    [Test]
    public void Fit_WithABatch_ChoosesTheCheapestThatFits()
    {
        JsonElement json = CommandRun.Json($"{Fit} --memory-budget 1MiB --batch-size 10");
        JsonElement[] results = [.. json.GetProperty("results").EnumerateArray()];
        Assert.That(results, Has.Length.EqualTo(MemoryStrategy.Ladder.Count + 1));
        Assert.That(results.Select(Fits), Has.Some.False.And.Some.True);
        Assert.That(results.Select(r => Fits(r) == r.GetProperty("totalBytes").GetInt64() <= 1 << 20), Has.All.True);
        JsonElement chosen = results.Where(Fits).MinBy(Cost);
        Assert.That(Cost(chosen), Is.EqualTo(1));
        string[] keys = ["model", "parameters", "batchSize", "memory", "peakBytes", "totalBytes", "cost"];
        foreach (string key in keys)
            Assert.That(json.GetProperty(key).ToString(), Is.EqualTo(chosen.GetProperty(key).ToString()), key);
        Assert.That(results[^1].GetProperty("kept").GetArrayLength(), Is.Positive);
    }

    [Test]
    public void Fit_WithABatchThatFitsAnyhow_ChoosesNoCopies()
    {
        CommandRun run = CommandRun.Of($"{Fit} --memory-budget 1GiB --batch-size 10");
        run.AssertSucceeds();
        Assert.That(run.Output, Does.Match(@"(slab|auto) \*").And.Contain("yes").And.Not.Contain(" no "));
        Assert.That(
            run.Output.ReplaceLineEndings(" "), Does.Contain("what lies outside it").And.Contain("multiply-adds"));
    }

    [Test]
    public void Fit_ForTheDeepest_NamesNetworksThatFit()
    {
        JsonElement json = CommandRun.Json($"{Fit} --memory-budget 20MiB --deepest --batch-size 6 --classes 7");
        JsonElement[] results = [.. json.GetProperty("results").EnumerateArray()];
        int[] depths = [.. results.Select(result => result.GetProperty("depth").GetInt32())];
        Assert.That(depths, Is.Ordered);
        Assert.That(depths[^1], Is.GreaterThan(depths[0]));
        for (int i = 0; i < depths.Length; i++)
        {
            Assert.That(results[i].GetProperty("model").GetString(), Is.EqualTo($"densenet-bc-{depths[i]}-4"));
            Assert.That(results[i].GetProperty("batchSize").GetInt32(), Is.EqualTo(6));
            JsonElement described = CommandRun.Json(
                $"describe --model densenet-bc-{depths[i]}-4 --classes 7 --input-size 12,8");
            Assert.That(
                results[i].GetProperty("parameters").GetInt64(),
                Is.EqualTo(described.GetProperty("parameters").GetInt64()));
        }
    }

    [Test]
    public void Fit_WhereNotAllStrategiesFit_SaysWhichDoNot()
    {
        CommandRun run = CommandRun.Of($"{Fit} --memory-budget 250KiB");
        run.AssertSucceeds();
        Assert.That(run.Output, Does.Match(@"naive .* 1 .* no\s").And.Match(@"slab-minimal .* yes\s"));
    }

    [Test]
    public void Fit_OfALargeNetworkAndBudget_Answers()
    {
        JsonElement json = CommandRun.Json("fit --memory-budget 80GiB --device cpu");
        Assert.That(
            json.GetProperty("results").EnumerateArray().Last().GetProperty("batchSize").GetInt32(),
            Is.GreaterThan(10_000));
    }

    [TestCase("--memory-budget 1KiB", "slab-minimal needs", "budget is 1,024 bytes", "not even one image fits")]
    [TestCase("--memory-budget 1MiB --batch-size 100", "on a batch of 100", "budget is 1.0 MiB", "--batch-size")]
    [TestCase("--memory-budget 1MiB --deepest --batch-size 50", "densenet-bc-10-4", "1.0 MiB", "fits")]
    public void Fit_OfABudgetTooSmall_SaysBothNumbersAndWhatFits(string arguments, params string[] words) =>
        CommandRun.Of($"{Fit} {arguments}").AssertFails(ExitCode.OutOfMemory, words);

    [TestCase("", "--memory-budget", "required")]
    [TestCase("--memory-budget 6,5GiB", "--memory-budget", "'6,5GiB'")]
    [TestCase("--memory-budget 1GiB --batch-size 0", "--batch-size", "found 0")]
    [TestCase("--memory-budget 1GiB --deepest --depth 40", "--depth", "--deepest")]
    [TestCase("--memory-budget 1GiB --deepest --block-config 2,2,2", "--block-config", "--deepest")]
    [TestCase("--memory-budget 1GiB --deepest --model densenet121", "densenet121", "densenet-L-k")]
    public void Fit_WithWrongFlags_SaysSo(string arguments, params string[] words) => CommandRun.Of(
        arguments.Contains("--model", StringComparison.Ordinal) ? $"fit {arguments}" : $"{Fit} {arguments}")
        .AssertFails(ExitCode.Usage, words);

    private static bool Fits(JsonElement result) => result.GetProperty("fits").GetBoolean();

    private static double Cost(JsonElement result) => result.GetProperty("cost").GetDouble();
}
