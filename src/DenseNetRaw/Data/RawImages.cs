using DenseNetRaw.RandomNumbers;

namespace DenseNetRaw.Data;

/// <summary>
/// The images of a batch as their data set has them, and all that a device needs to crop, flip and normalise them as
/// the batch loader does: see <c>kernels/batch.cu</c>.
/// </summary>
public sealed class RawImages
{
    /// <summary>The random stream of crops and flips: Philox(seed, index, stream, epoch).</summary>
    public const uint RandomStream = RandomStreams.Augmentation;

    private readonly float[] _table;

    internal RawImages(int capacity, ImageDataset dataset, float[] table, BatchOptions options)
    {
        Bytes = new byte[checked(capacity * dataset.ImageBytes)];
        Indices = new int[capacity];
        ImageBytes = dataset.ImageBytes;
        _table = table;
        (IsAugmented, Seed) = (
            options.Augmentation != Augmentation.None && dataset.Files is null, options.Seed);
    }

    /// <summary>[N, 3, H, W], 0 to 255.</summary>
    public byte[] Bytes { get; }

    /// <summary>Bytes of one image: 3·H·W.</summary>
    public int ImageBytes { get; }

    /// <summary>The images' places in the data set, which random numbers are drawn by.</summary>
    public int[] Indices { get; }

    /// <summary>[3, 256], the normalised value of each byte.</summary>
    public ReadOnlySpan<float> Table => _table;

    /// <summary>
    /// Whether they are to be cropped and flipped: <see cref="Augmentation.Standard"/>, unless they come from files and
    /// were cropped and flipped as they were decoded.
    /// </summary>
    public bool IsAugmented { get; }

    /// <summary>The run's seed, which random numbers are drawn by.</summary>
    public ulong Seed { get; }

    /// <summary>The epoch, which random numbers are drawn by.</summary>
    public uint Epoch { get; internal set; }
}
