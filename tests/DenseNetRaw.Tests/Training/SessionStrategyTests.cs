using DenseNetRaw.Autograd;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Tests.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Training;

/// <summary>Whole sessions on every rung: dropout, a partial last batch, evaluation between epochs.</summary>
public sealed class SessionStrategyTests
{
    private const int BatchSize = 4, LastBatchSize = 3, EvaluationBatchSize = 5, Epochs = 2;

    /// <summary>Roundings of 1.1e-16, grown over the steps.</summary>
    private const double Tolerance = 1e-10;

    private static IEnumerable<DenseNetConfiguration> Networks() =>
        new[] { 1, 4, 5, 7 }.Select(RandomNetwork.Of);

    [TestCaseSource(nameof(Networks))]
    public void TwoEpochs_OnEveryRung_GiveTheLossesAndParametersOfNaive(DenseNetConfiguration network)
    {
        Dictionary<string, double[]> naive = Train(network, MemoryStrategy.Naive, budget: null);
        foreach (MemoryStrategy memory in MemoryStrategy.Ladder)
            AssertSame(Train(network, memory, budget: null), naive, memory.Name);

        using ReferenceBackend backend = new();
        long Total(MemoryStrategy memory) =>
            new SessionPlan(new DenseNet(network), backend, Settings(memory, budget: null)).TotalBytes;
        long halfway = (Total(MemoryStrategy.Slab) + Total(MemoryStrategy.SlabMinimal)) / 2;
        AssertSame(Train(network, MemoryStrategy.Auto, halfway), naive, "auto");
    }

    private static void AssertSame(
        Dictionary<string, double[]> actual, Dictionary<string, double[]> expected, string memory)
    {
        Assert.That(actual.Keys, Is.EqualTo(expected.Keys));
        foreach ((string name, double[] values) in expected)
            Assert.That(RelativeError.Of(actual[name], values), Is.LessThan(Tolerance), $"{name} with {memory}");
    }

    /// <summary>The losses of all batches, trained on and evaluated; at the end, parameters and statistics.</summary>
    private static Dictionary<string, double[]> Train(
        DenseNetConfiguration network, MemoryStrategy memory, long? budget)
    {
        using ReferenceBackend backend = new();
        DenseNet model = new(network);
        using Session session = new(model, backend, Settings(memory, budget));
        Assert.That(session.ArenaBytes, Is.EqualTo(session.Plan.PeakBytes));
        List<double> losses = [];
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            foreach (int size in new[] { BatchSize, BatchSize, LastBatchSize })
                losses.Add(session.Train(Pixels(model, size, losses.Count), Labels(model, size), 0.05).Loss);
            losses.Add(session.Evaluate(
                Pixels(model, EvaluationBatchSize, 100), Labels(model, EvaluationBatchSize)).Loss);
        }

        IEnumerable<Variable> running = model.NormLayers
            .SelectMany(norm => new[] { norm.Running.Mean, norm.Running.Variance });
        Dictionary<string, double[]> results = model.Parameters.Concat(running)
            .ToDictionary(variable => variable.Name, variable => NetworkStep.Download(backend, variable.Value));
        results["losses"] = [.. losses];
        return results;
    }

    private static SessionSettings Settings(MemoryStrategy memory, long? budget) => new()
    {
        TrainingBatchSizes = [BatchSize, LastBatchSize],
        EvaluationBatchSizes = [EvaluationBatchSize],
        Memory = memory,
        BudgetBytes = budget,
        Seed = 11,
    };

    private static float[] Pixels(DenseNet model, int images, int stream) =>
        [.. NetworkStep.RandomNumbers(model.InputShape(images).Count, (uint)stream).Select(x => (float)x)];

    private static int[] Labels(DenseNet model, int images) =>
        [.. Enumerable.Range(0, images).Select(n => n % model.Configuration.Classes)];
}
