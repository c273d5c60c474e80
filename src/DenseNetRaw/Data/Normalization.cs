namespace DenseNetRaw.Data;

/// <summary>
/// What turns raw pixels into a network's input: (pixel / 255 − mean) / standard deviation, a channel its own.
/// </summary>
public sealed class Normalization
{
    /// <summary>Three means and three standard deviations, for pixels from 0 to 1.</summary>
    /// <exception cref="ArgumentException">Not three values, or a deviation that is not above 0.</exception>
    public Normalization(IReadOnlyList<float> mean, IReadOnlyList<float> standardDeviation)
    {
        Check(nameof(mean), mean, float.IsFinite, "finite values");
        Check(
            "standard deviation", standardDeviation,
            value => float.IsFinite(value) && value > 0, "values above 0");
        Mean = mean;
        StandardDeviation = standardDeviation;
    }

    /// <summary>Mean and standard deviation of ImageNet, which torchvision's models were trained with.</summary>
    public static Normalization ImageNet { get; } = new([0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);

    /// <summary>The mean of red, green and blue.</summary>
    public IReadOnlyList<float> Mean { get; }

    /// <summary>The standard deviation of red, green and blue.</summary>
    public IReadOnlyList<float> StandardDeviation { get; }

    /// <summary>
    /// The normalised value of each byte: [3, 256]. Divided, subtracted and divided again in 32 bits, as PyTorch's
    /// <c>ToTensor</c> and <c>Normalize</c> do, so inputs agree to the last bit.
    /// </summary>
    internal float[] Table()
    {
        const int Levels = byte.MaxValue + 1;
        float[] table = new float[ImageDataset.Channels * Levels];
        for (int channel = 0; channel < ImageDataset.Channels; channel++)
        {
            for (int level = 0; level < Levels; level++)
                table[(channel * Levels) + level] = ((level / 255f) - Mean[channel]) / StandardDeviation[channel];
        }

        return table;
    }

    private static void Check(string name, IReadOnlyList<float> values, Predicate<float> allowed, string rule)
    {
        if (values.Count == ImageDataset.Channels && values.All(value => allowed(value)))
            return;

        throw new ArgumentException(
            $"{name} should be {ImageDataset.Channels} {rule}, found {string.Join(", ", values)}.");
    }
}
