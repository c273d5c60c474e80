using DenseNetRaw.Data;
using DenseNetRaw.Models;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>A batch of noise: what a step costs does not depend on what its images show.</summary>
internal sealed class RandomBatch
{
    /// <summary>A step length that is small enough for training to stay finite on noise.</summary>
    public const double LearningRate = 0.01;

    private const int Seed = 1;

    /// <summary>Draws a batch for the model, always the same.</summary>
    public RandomBatch(DenseNet model, int batchSize)
    {
        Random random = new(Seed);
        Pixels = new float[model.InputShape(batchSize).Count];
        Labels = new int[batchSize];
        for (int i = 0; i < Pixels.Length; i++)
            Pixels[i] = (2 * random.NextSingle()) - 1;
        for (int n = 0; n < Labels.Length; n++)
            Labels[n] = random.Next(model.Configuration.Classes);
    }

    /// <summary>[N, 3, H, W], uniform in −1…1.</summary>
    public float[] Pixels { get; }

    /// <summary>One class index an image.</summary>
    public int[] Labels { get; }

    /// <summary>A batch of noise in bytes, as a loader makes it.</summary>
    /// <param name="model">The model that it is for.</param>
    /// <param name="batchSize">Images.</param>
    /// <param name="isRaw">Whether it stays in bytes, for a device that normalises them itself.</param>
    public static Batch Loaded(DenseNet model, int batchSize, bool isRaw)
    {
        Random random = new(Seed);
        DenseNetConfiguration network = model.Configuration;
        byte[] pixels = new byte[checked((int)model.InputShape(batchSize).Count)];
        random.NextBytes(pixels);
        int[] labels = [.. Enumerable.Range(0, batchSize).Select(_ => random.Next(network.Classes))];
        ImageDataset noise = new(
            "noise", pixels, labels, network.InputHeight, network.InputWidth, new string[network.Classes],
            new Normalization([0.5f, 0.5f, 0.5f], [0.25f, 0.25f, 0.25f]));
        using BatchLoader loader = new(
            noise, new BatchOptions { BatchSize = batchSize, IsRaw = isRaw, PrefetchedBatches = 1 });
        loader.StartEpoch(0);
        return loader.TryNext(out Batch? batch)
            ? batch
            : throw new InvalidOperationException("a loader of one batch has none");
    }
}
