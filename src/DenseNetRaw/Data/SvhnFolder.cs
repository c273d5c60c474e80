using System.Buffers.Binary;

namespace DenseNetRaw.Data;

/// <summary>
/// A folder with the cropped digits of Street View House Numbers: <c>train_32x32.mat</c>, <c>test_32x32.mat</c>, and
/// perhaps <c>extra_32x32.mat</c>, which is trained on too, as in the DenseNet paper. Each has X [32, 32, 3, N] and
/// y [N, 1], where 10 means the digit 0.
/// Netzer et al. 2011, "Reading Digits in Natural Images with Unsupervised Feature Learning";
/// http://ufldl.stanford.edu/housenumbers/.
/// </summary>
internal sealed class SvhnFolder(string folder)
{
    /// <summary>The files trained on.</summary>
    public static readonly IReadOnlyList<string> TrainingFiles = ["train_32x32.mat", "extra_32x32.mat"];

    /// <summary>The file of test images.</summary>
    public const string TestFile = "test_32x32.mat";

    private const int Side = 32;
    private const int Plane = Side * Side;
    private const int ImageBytes = ImageDataset.Channels * Plane;
    private const int Zero = 10;

    // Of the training images, to four digits.
    private static readonly Normalization Statistics = new([0.4377f, 0.4438f, 0.4728f], [0.1980f, 0.2010f, 0.1970f]);

    /// <summary>The digits.</summary>
    public static IReadOnlyList<string> Classes { get; } = [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")];

    /// <summary>Whether a folder has one of the files.</summary>
    public static bool IsOne(string folder) =>
        TrainingFiles.Append(TestFile).Any(name => File.Exists(Path.Combine(folder, name)));

    /// <summary>The training images, and the extra ones where they are.</summary>
    /// <exception cref="InvalidDataException">There are none, or a file is wrong.</exception>
    public ImageDataset ReadTraining() => Read("SVHN training images", TrainingFiles);

    /// <summary>The test images.</summary>
    /// <exception cref="InvalidDataException">There are none, or the file is wrong.</exception>
    public ImageDataset ReadTest() => Read("SVHN test images", [TestFile]);

    /// <summary>The images of one file.</summary>
    /// <exception cref="InvalidDataException">It is wrong.</exception>
    public ImageDataset ReadFile(string name) => Read($"SVHN {name}", [name]);

    private ImageDataset Read(string name, IReadOnlyList<string> files)
    {
        List<(byte[] Pixels, int[] Labels)> parts = [];
        foreach (string file in files.Where(file => File.Exists(Path.Combine(folder, file))))
            parts.Add(ReadImages(Path.Combine(folder, file)));
        if (parts.Count == 0)
            throw new InvalidDataException($"{folder}: expected {files[0]}, found no such file.");
        return new ImageDataset(
            name, Joined(parts.ConvertAll(part => part.Pixels)), Joined(parts.ConvertAll(part => part.Labels)),
            Side, Side, Classes, Statistics);
    }

    private static T[] Joined<T>(List<T[]> parts)
    {
        if (parts.Count == 1)
            return parts[0];
        T[] all = new T[parts.Sum(part => part.Length)];
        int at = 0;
        foreach (T[] part in parts)
        {
            part.CopyTo(all, at);
            at += part.Length;
        }

        return all;
    }

    private static (byte[] Pixels, int[] Labels) ReadImages(string path)
    {
        byte[]? pixels = null;
        int[]? labels = null;
        using MatlabFile file = new(path);
        file.ReadVariables((array, numbers) =>
        {
            if (array.Name == "X")
                pixels = ReadPixels(file, array, numbers);
            else if (array.Name == "y")
                labels = ReadLabels(file, array, numbers);
        });
        if (pixels is null || labels is null)
            throw file.Wrong("variables X and y", pixels is null ? "no X" : "no y");
        if (pixels.Length != (long)labels.Length * ImageBytes)
            throw file.Wrong($"a label for each of {pixels.Length / ImageBytes} images", $"{labels.Length}");
        return (pixels, labels);
    }

    private static byte[] ReadPixels(MatlabFile file, MatlabArray array, Stream numbers)
    {
        bool isImages = array is { Type: MatlabArray.UInt8, Extents: [Side, Side, ImageDataset.Channels, > 0] }
            && array.Bytes == (long)array.Extents[3] * ImageBytes && array.Bytes <= Array.MaxLength;
        if (!isImages)
            throw file.Wrong($"X [32 × 32 × 3 × N] of type {MatlabArray.UInt8}", $"{array}, {array.Bytes} bytes");
        byte[] pixels = new byte[array.Bytes];
        numbers.ReadExactly(pixels);

        // MATLAB's columns come first: [3, W, H] as it lies there.
        byte[] image = new byte[ImageBytes];
        for (int first = 0; first < pixels.Length; first += ImageBytes)
        {
            Span<byte> to = pixels.AsSpan(first, ImageBytes);
            to.CopyTo(image);
            for (int i = 0; i < ImageBytes; i++)
                to[i] = image[(i / Plane * Plane) + (i % Side * Side) + (i / Side % Side)];
        }

        return pixels;
    }

    private static int[] ReadLabels(MatlabFile file, MatlabArray array, Stream numbers)
    {
        bool isLabels = array is { NumberBytes: > 0, Extents: [> 0, 1] }
            && array.Bytes == (long)array.Extents[0] * array.NumberBytes && array.Bytes <= Array.MaxLength;
        if (!isLabels)
            throw file.Wrong("y [N × 1]", $"{array}, {array.Bytes} bytes");
        byte[] bytes = new byte[array.Bytes];
        numbers.ReadExactly(bytes);
        int[] labels = new int[array.Extents[0]];
        for (int i = 0; i < labels.Length; i++)
        {
            double label = Number(bytes.AsSpan(i * array.NumberBytes), array.Type);
            if (label is not (>= 1 and <= Zero) || label != Math.Floor(label))
                throw file.Wrong($"labels from 1 to {Zero}", FormattableString.Invariant($"{label} in record {i}"));
            labels[i] = (int)label % Zero;
        }

        return labels;
    }

    private static double Number(ReadOnlySpan<byte> bytes, int type) => type switch
    {
        1 => (sbyte)bytes[0],
        3 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        4 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        5 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        6 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        9 => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        _ => bytes[0],
    };
}
