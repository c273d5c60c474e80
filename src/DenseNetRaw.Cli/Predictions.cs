using DenseNetRaw.Serialization;

namespace DenseNetRaw.Cli;

/// <summary>The logits of images, [N, classes].</summary>
internal sealed class Predictions(
    float[] logits, int classes, IReadOnlyList<string> names, IReadOnlyList<string>? files = null)
{
    private const int TopCount = 5;

    /// <summary>The five likeliest classes of each image.</summary>
    public IReadOnlyList<Prediction> Top() =>
        [.. Enumerable.Range(0, logits.Length / classes).Select(
            image => new Prediction(image, TopOf(image), files?[image]))];

    /// <summary>Writes <c>logits</c> [N, classes] as safetensors.</summary>
    public void Save(string path) => SafetensorsFile.Write(
        path, [SafetensorsTensor.Create("logits", [logits.Length / classes, classes], logits)]);

    private ClassScore[] TopOf(int image)
    {
        float[] row = logits[(image * classes)..((image + 1) * classes)];
        double largest = row.Max();
        double sum = row.Sum(logit => Math.Exp(logit - largest));
        return
        [
            .. Enumerable.Range(0, classes)
                .OrderByDescending(label => row[label])
                .Take(TopCount)
                .Select(label => new ClassScore(label, names[label], Math.Exp(row[label] - largest) / sum, row[label])),
        ];
    }
}
