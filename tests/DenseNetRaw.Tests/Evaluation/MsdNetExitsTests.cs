using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Evaluation;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Tests.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Evaluation;

/// <summary>Batches of MSDNets that shrink: slabs of several scales, half written, go from plan to plan.</summary>
public sealed class MsdNetExitsTests
{
    private const int BatchSize = 7;

    [Test]
    public void Play_WhileBatchesShrink_GivesTheAnswersOfAllExits(
        [ValueSource(typeof(MsdNets), nameof(MsdNets.All))] MsdNetConfiguration network,
        [Values("naive", "slab-minimal")] string memory)
    {
        using ReferenceBackend backend = new();
        Model model = network.NewModel();
        using ParameterStore parameters = new(model, backend, seed: 4);
        using ExitPlayer player = ExitPlayer.New(model, backend, MemoryStrategy.Named(memory), BatchSize);
        int values = (int)model.InputShape(1).Count, size = BatchSize * player.Classes;
        float[] pixels = [.. NetworkStep.RandomNumbers(BatchSize * values, 2).Select(x => (float)x)];
        float[] logits = new float[player.Exits * size];
        player.PlayAll(pixels, BatchSize, logits);

        double[,] confidences = new double[player.Exits, BatchSize];
        int[,] answers = new int[player.Exits, BatchSize];
        for (int exit = 0; exit < player.Exits; exit++)
        {
            for (int image = 0; image < BatchSize; image++)
            {
                ReadOnlySpan<float> said = logits.AsSpan((exit * size) + (image * player.Classes), player.Classes);
                answers[exit, image] = Softmax.Answer(said);
                confidences[exit, image] = Softmax.Confidence(said);
            }
        }

        ExitAnswers all = new(confidences, answers, answers, new int[BatchSize]);
        foreach (double q in new[] { 0.5, 0.8, 1, 1.4 })
        {
            ExitThresholds thresholds = ExitThresholds.Fit(all, ExitShares.Of(q, player.Exits));
            int[] exits = new int[BatchSize], said = new int[BatchSize];
            player.Play(pixels, thresholds, exits, said);
            int[] expected = [.. Enumerable.Range(0, BatchSize).Select(image => thresholds.ExitOf(all, image))];
            Assert.That(exits, Is.EqualTo(expected));
            Assert.That(said, Is.EqualTo(expected.Select((exit, image) => all.Answer(exit, image))));
        }
    }
}
