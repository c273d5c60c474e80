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
}
