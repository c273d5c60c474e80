using DenseNetRaw.Serialization;

namespace DenseNetRaw.Cli;

/// <summary>Images to be classified, [N, 3, H, W], already normalised.</summary>
internal sealed class PredictionInput
{
    private const string Key = "input";
    private readonly float[] _pixels;

    private PredictionInput(SafetensorsTensor tensor)
    {
        _pixels = tensor.ToSingles();
        (Count, Height, Width) = ((int)tensor.Shape[0], (int)tensor.Shape[2], (int)tensor.Shape[3]);
    }

    public int Count { get; }

    public int Height { get; }

    public int Width { get; }

    /// <summary>Reads <c>input</c> from a safetensors file.</summary>
    /// <exception cref="ArgumentException">The file is of another kind.</exception>
    /// <exception cref="InvalidDataException">It is missing or wrong, or has no such tensor.</exception>
    public static PredictionInput Read(string path)
    {
        if (!Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException(
                $"{path}: expected a .safetensors file with '{Key}'; image files cannot be read yet");
        }

        SafetensorsFile file = SafetensorsFile.Read(path);
        if (!file.Tensors.TryGetValue(Key, out SafetensorsTensor? tensor))
            throw new InvalidDataException($"{path}: expected a tensor '{Key}', found {Found(file)}");

        bool isImages = tensor.Shape.Count == 4 && tensor.Shape[1] == 3 && tensor.Shape.All(extent => extent > 0);
        return isImages
            ? new PredictionInput(tensor)
            : throw new InvalidDataException($"{path}: expected '{Key}' of shape [N, 3, H, W], found {tensor}");
    }

    /// <summary>The pixels of <paramref name="count"/> images from <paramref name="first"/> on.</summary>
    public ReadOnlySpan<float> Slice(int first, int count)
    {
        int pixels = _pixels.Length / Count;
        return _pixels.AsSpan(first * pixels, count * pixels);
    }

    private static string Found(SafetensorsFile file) =>
        file.Tensors.Count == 0
            ? "no tensor"
            : string.Join(", ", file.Tensors.Keys.Take(5).Select(name => $"'{name}'"));
}
