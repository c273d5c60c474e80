using DenseNetRaw.Data;
using DenseNetRaw.Serialization;

namespace DenseNetRaw.Cli;

/// <summary>
/// Images to be classified, [N, 3, H, W]: already normalised in a safetensors file, or image files that are scaled,
/// cropped and normalised as an evaluation does it, a batch at a time.
/// </summary>
internal sealed class PredictionInput
{
    private const string Key = "input";
    private readonly float[] _pixels;
    private readonly ImageDataset? _files;
    private readonly Normalization? _normalization;

    private PredictionInput(SafetensorsTensor tensor)
    {
        _pixels = tensor.ToSingles();
        (Count, Height, Width) = ((int)tensor.Shape[0], (int)tensor.Shape[2], (int)tensor.Shape[3]);
    }

    private PredictionInput(IReadOnlyList<string> paths, int height, int width, Normalization normalization)
    {
        _pixels = [];
        _files = ImageDataset.OfFiles(paths, height, width);
        _normalization = normalization;
        (Count, Height, Width, Paths) = (paths.Count, height, width, paths);
    }

    public int Count { get; }

    public int Height { get; }

    public int Width { get; }

    /// <summary>The image files; null if the images come from a safetensors file.</summary>
    public IReadOnlyList<string>? Paths { get; }

    /// <summary>Whether this is a safetensors file by its name, and not an image file.</summary>
    public static bool IsTensor(string path) =>
        Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads <c>input</c> from a safetensors file.</summary>
    /// <exception cref="InvalidDataException">It is missing or wrong, or has no such tensor.</exception>
    public static PredictionInput Read(string path)
    {
        SafetensorsFile file = SafetensorsFile.Read(path);
        if (!file.Tensors.TryGetValue(Key, out SafetensorsTensor? tensor))
            throw new InvalidDataException($"{path}: expected a tensor '{Key}', found {Found(file)}");

        bool isImages = tensor.Shape.Count == 4 && tensor.Shape[1] == 3 && tensor.Shape.All(extent => extent > 0);
        return isImages
            ? new PredictionInput(tensor)
            : throw new InvalidDataException($"{path}: expected '{Key}' of shape [N, 3, H, W], found {tensor}");
    }

    /// <summary>Takes image files, which are read later.</summary>
    /// <param name="paths">PNG or JPEG files.</param>
    /// <param name="height">Rows that the model takes.</param>
    /// <param name="width">Columns that the model takes.</param>
    /// <param name="normalization">The one that the model was trained with.</param>
    /// <exception cref="InvalidDataException">One is not there.</exception>
    public static PredictionInput OfImages(
        IReadOnlyList<string> paths, int height, int width, Normalization normalization)
    {
        if (paths.FirstOrDefault(path => !File.Exists(path)) is { } missing)
        {
            string found = Directory.Exists(missing) ? "a folder" : "no such file";
            throw new InvalidDataException($"{missing}: expected an image file, found {found}");
        }

        return new PredictionInput(paths, height, width, normalization);
    }

    /// <summary>The images in batches of that size, the last perhaps smaller; each is valid until the next.</summary>
    /// <exception cref="InvalidDataException">An image file cannot be decoded; the sentence names it.</exception>
    public IEnumerable<(ReadOnlyMemory<float> Pixels, int Count)> Batches(int batchSize)
    {
        int pixels = 3 * Height * Width;
        if (_files is null)
        {
            for (int first = 0; first < Count; first += batchSize)
            {
                int count = Math.Min(batchSize, Count - first);
                yield return (_pixels.AsMemory(first * pixels, count * pixels), count);
            }

            yield break;
        }

        using BatchLoader loader = new(_files, new() { BatchSize = batchSize, Normalization = _normalization });
        loader.StartEpoch(0);
        while (loader.TryNext(out Batch? batch))
            yield return (batch.Pixels.AsMemory(0, batch.Count * pixels), batch.Count);
    }

    private static string Found(SafetensorsFile file) =>
        file.Tensors.Count == 0
            ? "no tensor"
            : string.Join(", ", file.Tensors.Keys.Take(5).Select(name => $"'{name}'"));
}
