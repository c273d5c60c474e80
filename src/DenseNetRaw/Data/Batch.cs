namespace DenseNetRaw.Data;

/// <summary>A batch of normalised images in buffers that later batches use again.</summary>
public sealed class Batch
{
    internal Batch(int capacity, ImageDataset dataset)
    {
        Pixels = new float[checked(capacity * dataset.ImageBytes)];
        Labels = new int[capacity];
    }

    /// <summary>
    /// The normalised images, [N, 3, H, W] with N = <see cref="Count"/>; what lies after them belongs to no image.
    /// </summary>
    public float[] Pixels { get; }

    /// <summary>The classes: the first <see cref="Count"/> count.</summary>
    public int[] Labels { get; }

    /// <summary>The number of images.</summary>
    public int Count { get; internal set; }
}
