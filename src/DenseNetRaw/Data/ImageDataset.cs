using DenseNetRaw.RandomNumbers;

namespace DenseNetRaw.Data;

/// <summary>
/// Labelled colour images of one size, one byte a channel value: in memory, [count, 3, H, W] in one array, or in files
/// that are decoded as batches are made. And a class an image.
/// </summary>
public sealed class ImageDataset
{
    /// <summary>Red, green, blue.</summary>
    public const int Channels = 3;

    /// <summary>Takes the arrays as they are, without a copy.</summary>
    /// <param name="name">What messages and run folders call it.</param>
    /// <param name="pixels">[count, 3, height, width], 0 to 255.</param>
    /// <param name="labels">A class for each image.</param>
    /// <param name="height">Rows of an image.</param>
    /// <param name="width">Columns of an image.</param>
    /// <param name="classes">The names of the classes.</param>
    /// <param name="normalization">The set's own mean and standard deviation.</param>
    /// <exception cref="ArgumentException">The arrays do not fit together.</exception>
    public ImageDataset(
        string name,
        byte[] pixels,
        int[] labels,
        int height,
        int width,
        IReadOnlyList<string> classes,
        Normalization normalization)
    {
        if (pixels.Length != (long)labels.Length * Channels * height * width)
        {
            throw new ArgumentException(
                $"Data set '{name}' of {labels.Length} images [3, {height}, {width}] takes "
                + $"{(long)labels.Length * Channels * height * width} pixel values, not {pixels.Length}.");
        }

        RequireLabels(name, labels, classes);
        Name = name;
        Pixels = pixels;
        Labels = labels;
        Height = height;
        Width = width;
        Classes = classes;
        Normalization = normalization;
    }

    /// <summary>Images that are decoded when they are needed.</summary>
    internal ImageDataset(
        string name,
        ImageFiles files,
        int[] labels,
        int height,
        int width,
        IReadOnlyList<string> classes,
        Normalization normalization)
        : this(name, [], [], height, width, classes, normalization)
    {
        RequireLabels(name, labels, classes);
        Files = files;
        Labels = labels;
    }

    /// <summary>What messages and run folders call the set.</summary>
    public string Name { get; }

    /// <summary>The number of images.</summary>
    public int Count => Labels.Length;

    /// <summary>Rows of an image.</summary>
    public int Height { get; }

    /// <summary>Columns of an image.</summary>
    public int Width { get; }

    /// <summary>The names of the classes, by label.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The set's own mean and standard deviation, the default of a training run.</summary>
    public Normalization Normalization { get; }

    /// <summary>The images in memory; empty if they are in <see cref="Files"/>.</summary>
    internal byte[] Pixels { get; }

    /// <summary>The images in files, or null if they are in memory.</summary>
    internal ImageFiles? Files { get; }

    internal int[] Labels { get; }

    internal int ImageBytes => Channels * Height * Width;

    /// <summary>The files of the given names as images without a class, scaled and cropped as for evaluation.</summary>
    /// <param name="paths">PNG or JPEG files.</param>
    /// <param name="height">Rows that every image is given.</param>
    /// <param name="width">Columns that every image is given.</param>
    public static ImageDataset OfFiles(IReadOnlyList<string> paths, int height, int width) => new(
        "image files", new ImageFiles([.. paths], height, width), new int[paths.Count], height, width, ["unknown"],
        Normalization.ImageNet);

    /// <summary>The raw values of an image, [3, H, W]; those of a file as for evaluation.</summary>
    /// <exception cref="InvalidDataException">The file is gone or cannot be decoded; the sentence names it.</exception>
    public ReadOnlySpan<byte> Image(int index)
    {
        if (Files is null)
            return Pixels.AsSpan(checked(index * ImageBytes), ImageBytes);
        byte[] image = new byte[ImageBytes];
        Files.Read(index, image);
        return image;
    }

    /// <summary>The class of an image.</summary>
    public int Label(int index) => Labels[index];

    /// <summary>
    /// Sets images aside for validation: a function of the seed alone. Both parts keep the order of the whole.
    /// </summary>
    /// <param name="count">How many images are set aside.</param>
    /// <param name="seed">Which ones.</param>
    /// <returns>The images that stay and those set aside.</returns>
    /// <exception cref="ArgumentException">Nothing would be set aside, or nothing would stay.</exception>
    public (ImageDataset Remaining, ImageDataset HeldOut) HoldOut(int count, ulong seed)
    {
        if (count < 1 || count >= Count)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"--validation must be at least 1 and below {Count:N0}, the images of '{Name}', found {count:N0}"));
        }

        int[] heldOut = HeldOutIndices(Count, count, seed);
        int[] remaining = [.. Enumerable.Range(0, Count).Except(heldOut)];
        return (Subset(Name, remaining), Subset($"{Name}, held out", heldOut));
    }

    /// <summary>Which images <see cref="HoldOut"/> sets aside, in rising order.</summary>
    /// <param name="images">How many images there are.</param>
    /// <param name="count">How many of them are set aside.</param>
    /// <param name="seed">Which ones.</param>
    public static int[] HeldOutIndices(int images, int count, ulong seed)
    {
        int[] order = new int[images];
        Permutation.Fill(order, seed, RandomStreams.HoldOut, step: 0);
        int[] heldOut = order[..count];
        Array.Sort(heldOut);
        return heldOut;
    }

    /// <summary>Some of the images, in the order of their numbers here.</summary>
    internal ImageDataset Subset(string name, int[] indices)
    {
        if (Files is not null)
        {
            int[] classes = [.. indices.Select(index => Labels[index])];
            return new ImageDataset(name, Files.Subset(indices), classes, Height, Width, Classes, Normalization);
        }

        byte[] pixels = new byte[checked(indices.Length * ImageBytes)];
        int[] labels = new int[indices.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            Image(indices[i]).CopyTo(pixels.AsSpan(i * ImageBytes));
            labels[i] = Labels[indices[i]];
        }

        return new ImageDataset(name, pixels, labels, Height, Width, Classes, Normalization);
    }

    private static void RequireLabels(string name, int[] labels, IReadOnlyList<string> classes)
    {
        foreach (int label in labels)
        {
            if ((uint)label >= (uint)classes.Count)
            {
                throw new ArgumentException(
                    $"Data set '{name}' has {classes.Count} classes and an image of class {label}.");
            }
        }
    }
}
