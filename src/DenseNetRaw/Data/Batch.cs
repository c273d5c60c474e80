namespace DenseNetRaw.Data;

/// <summary>A batch of images, normalised or raw, in buffers that later batches use again.</summary>
public sealed class Batch
{
    internal Batch(int capacity, ImageDataset dataset, RawImages? raw)
    {
        Pixels = raw is null ? new float[checked(capacity * dataset.ImageBytes)] : [];
        Labels = new int[capacity];
        Raw = raw;
    }

    /// <summary>
    /// The normalised images, [N, 3, H, W] with N = <see cref="Count"/>; what lies after them belongs to no image.
    /// Empty if they are raw.
    /// </summary>
    public float[] Pixels { get; }

    /// <summary>
    /// The images as they are in the data set, if the loader was asked for them (<see cref="BatchOptions.IsRaw"/>).
    /// </summary>
    public RawImages? Raw { get; }

    /// <summary>The classes: the first <see cref="Count"/> count.</summary>
    public int[] Labels { get; }

    /// <summary>The number of images.</summary>
    public int Count { get; internal set; }
}
