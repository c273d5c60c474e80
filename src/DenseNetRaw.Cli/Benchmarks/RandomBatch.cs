using DenseNetRaw.Autograd;
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
    public RandomBatch(Model model, int batchSize)
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
    public static Batch Loaded(Model model, int batchSize, bool isRaw) =>
        Loaded(model.InputShape(batchSize), model.Configuration.Classes, isRaw, Augmentation.None);

    /// <summary>Likewise, of any images.</summary>
    /// <param name="images">[N, 3, H, W].</param>
    /// <param name="classes">Classes of the labels.</param>
    /// <param name="isRaw">Whether it stays in bytes.</param>
    /// <param name="augmentation">How it is cropped and flipped, here or later on the device.</param>
    public static Batch Loaded(Shape images, int classes, bool isRaw, Augmentation augmentation)
    {
        Random random = new(Seed);
        byte[] pixels = new byte[checked((int)images.Count)];
        random.NextBytes(pixels);
        int[] labels = [.. Enumerable.Range(0, images.N).Select(_ => random.Next(classes))];
        ImageDataset noise = new(
            "noise", pixels, labels, images.H, images.W, new string[classes],
            new Normalization([0.5f, 0.5f, 0.5f], [0.25f, 0.25f, 0.25f]));
        BatchOptions options = new()
        {
            BatchSize = images.N,
            IsRaw = isRaw,
            PrefetchedBatches = 1,
            Augmentation = augmentation,
        };
        using BatchLoader loader = new(noise, options);
        loader.StartEpoch(0);
        return loader.TryNext(out Batch? batch)
            ? batch
            : throw new InvalidOperationException("a loader of one batch has none");
    }
}
