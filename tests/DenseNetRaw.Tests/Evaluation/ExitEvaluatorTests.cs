using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Data;
using DenseNetRaw.Evaluation;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Tests.Data;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Evaluation;

/// <summary>A data set through a network of several exits.</summary>
public sealed class ExitEvaluatorTests
{
    private static readonly ImageDataset Images = TestImages.Create(50, ThreeExits.Side, ThreeExits.Side);

    [Test]
    public void Anytime_OfADataSet_GivesEachExitsAccuracyAndCost([Values] bool isImagewise)
    {
        using Backend backend = isImagewise ? new CpuBackend(2) : new ReferenceBackend();
        (ThreeExits model, ParameterStore parameters) = ThreeExits.On(backend);
        using ParameterStore placed = parameters;
        using ExitPlayer player = ExitPlayer.New(model, backend, MemoryStrategy.Slab, batchSize: 16);
        ExitEvaluator evaluator = new(model, player, TestImages.Unit, measuredImages: 20);
        IReadOnlyList<AnytimeExit> exits = evaluator.Anytime(Images);
        ExitAnswers answers = evaluator.Answers(Images);
        Assert.That(exits.Select(exit => exit.Exit), Is.EqualTo(new[] { 1, 2, 3 }));
        Assert.That(exits.Select(exit => exit.MultiplyAdds), Is.EqualTo(ThreeExits.Costs));
        foreach (AnytimeExit exit in exits)
        {
            int correct = Enumerable.Range(0, 50)
                .Count(image => answers.Answer(exit.Exit - 1, image) == Images.Label(image));
            Assert.That(exit.Accuracy, Is.EqualTo(correct / 50.0));
            Assert.That(exit.MillisecondsPerImage, Is.GreaterThan(0));
            Assert.That(exit.ImagesPerSecond, Is.EqualTo(1000 / exit.MillisecondsPerImage));
        }

        Assert.That(exits[0].EnsembleAccuracy, Is.EqualTo(exits[0].Accuracy));
    }

    [Test]
    public void Budgeted_OnAnyBackend_LeavesWhereTheSimulationDoes([Values] bool isImagewise)
    {
        using Backend backend = isImagewise ? new CpuBackend(2) : new ReferenceBackend();
        (ThreeExits model, ParameterStore parameters) = ThreeExits.On(backend);
        using ParameterStore placed = parameters;
        using ExitPlayer player = ExitPlayer.New(model, backend, MemoryStrategy.Slab, batchSize: 16);
        ExitEvaluator evaluator = new(model, player, TestImages.Unit, measuredImages: 50);
        (ImageDataset test, ImageDataset validation) = Images.HoldOut(20, seed: 1);
        ExitAnswers answers = evaluator.Answers(validation);
        double[] budgets = [.. new[] { 0.75, 0.85, 1 }.Select(share => share * ThreeExits.Costs[^1])];
        BudgetedExits found = evaluator.Budgeted(
            test, [.. budgets.Select(b => FittedThresholds.ForBudget(answers, b, evaluator.MultiplyAdds))]);
        Assert.That(found.Budgets.Select(one => one.Budget), Is.EqualTo(budgets));
        Assert.That(found.Budgets.Select(one => one.Differences), Is.All.Zero);
        Assert.That(found.Budgets.Select(one => one.MultiplyAdds), Is.Ordered);
        Assert.That(found.Budgets.Select(one => one.Shares.Sum()), Is.All.EqualTo(1).Within(1e-12));
        Assert.That(found.Budgets[^1].Thresholds, Is.All.Null);
        Assert.That(found.Budgets[^1].Accuracy, Is.EqualTo(found.AllExits.Accuracy));
        Assert.That(found.Budgets.Select(one => one.TimeShare), Is.All.GreaterThan(0));
    }

    [Test]
    public void Evaluator_WithoutMeasuredImages_GivesNoTimes()
    {
        using ReferenceBackend backend = new();
        (ThreeExits model, ParameterStore parameters) = ThreeExits.On(backend);
        using ParameterStore placed = parameters;
        using ExitPlayer player = ExitPlayer.New(model, backend, MemoryStrategy.Slab, batchSize: 16);
        ExitEvaluator evaluator = new(model, player, TestImages.Unit, measuredImages: 0);
        Assert.That(evaluator.Anytime(Images).Select(exit => exit.MillisecondsPerImage), Is.All.Null);
        BudgetedExits found = evaluator.Budgeted(Images, [FittedThresholds.ForQ(evaluator.Answers(Images), 1)]);
        Assert.That(found.AllExits.ImagesPerSecond, Is.Null);
        Assert.That(found.Budgets[0].Differences, Is.Null);
    }

    [Test]
    public void Evaluator_OfANetworkWithOneExit_IsRefused()
    {
        using ReferenceBackend backend = new();
        DenseNet model = new(DenseNetConfiguration.Named("densenet-7-2"));
        using ParameterStore placed = new(model, backend, 1);
        using ExitPlayer player = ExitPlayer.New(model, backend, MemoryStrategy.Slab, batchSize: 1);
        Assert.That(
            () => new ExitEvaluator(model, player, TestImages.Unit, 0),
            Throws.ArgumentException.With.Message.Contains("'densenet-7-2' has one"));
    }
}
