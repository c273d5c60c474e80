using DenseNetRaw.Autograd;
using DenseNetRaw.Modules;
using DenseNetRaw.Serialization;

namespace DenseNetRaw.Models;

/// <summary>
/// How much the layers of a dense block use each feature map before them: the average absolute weight that a layer's
/// first convolution gives to the channels of each source. Huang et al. 2017, arXiv:1608.06993, figure 5.
/// </summary>
/// <param name="Block">What the block is called.</param>
/// <param name="Sources">What wrote its channels, in their order: its input, then its layers.</param>
/// <param name="Readers">What reads them: its layers, then the transition or classifier after it.</param>
/// <param name="Weights">
/// By reader, Σ |w| / (K · C · R · S) over the weights w [K, C, R, S] of each source's C channels; a layer reads
/// those before it, so that the first has one number.
/// </param>
public sealed record FeatureReuse(
    string Block, IReadOnlyList<string> Sources, IReadOnlyList<string> Readers,
    IReadOnlyList<IReadOnlyList<double>> Weights)
{
    /// <summary>Of every dense block of a model; of none where it has no such blocks.</summary>
    /// <param name="model">The model, whose own parameters are not looked at.</param>
    /// <param name="weights">Its weights.</param>
    /// <exception cref="InvalidDataException">The file is of another model, or a weight is no number.</exception>
    public static IReadOnlyList<FeatureReuse> Of(Model model, SafetensorsFile weights)
    {
        IReadOnlyList<DenseConnections> blocks = model.Connections;
        if (blocks.Count == 0)
            return [];
        Dictionary<string, SafetensorsTensor> tensors =
            StateDictionary.Checked(weights, model).ToDictionary(tensor => tensor.Name);
        return
        [
            .. blocks.Select(block => new FeatureReuse(
                block.Block,
                [.. block.Sources.Select(source => source.Name)],
                [.. block.Readers.Select(reader => reader.Name)],
                [.. block.Readers.Select(reader => Means(reader.Weight, block, tensors, weights.Path))])),
        ];
    }

    private static double[] Means(
        Parameter weight, DenseConnections block, Dictionary<string, SafetensorsTensor> tensors, string path)
    {
        float[] w = tensors[weight.Name].ToSingles();
        List<double> means = [];
        int channel = 0;
        foreach ((_, int channels) in block.Sources.TakeWhile(_ => channel < weight.Shape.C))
        {
            means.Add(MeanMagnitude(w, weight.Shape, channel, channels));
            channel += channels;
        }

        return means.TrueForAll(double.IsFinite)
            ? [.. means]
            : throw new InvalidDataException($"{path}: expected finite numbers in {weight.Name}, found others");
    }

    /// <summary>The average of |w[k, c, r, s]| over the channels c of one source.</summary>
    private static double MeanMagnitude(float[] w, Shape shape, int first, int channels)
    {
        int window = shape.H * shape.W;
        double sum = 0;
        for (int k = 0; k < shape.N; k++)
        {
            foreach (float value in w.AsSpan(((k * shape.C) + first) * window, channels * window))
                sum += Math.Abs((double)value);
        }

        return sum / ((double)shape.N * channels * window);
    }
}
