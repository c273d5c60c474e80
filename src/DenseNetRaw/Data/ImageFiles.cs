using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.ExceptionServices;
using DenseNetRaw.Data.Images;

namespace DenseNetRaw.Data;

/// <summary>
/// Images that stay in their files until a batch needs them: then each is decoded, scaled and cropped to one size, many
/// at a time on all cores.
/// </summary>
internal sealed class ImageFiles
{
    /// <summary>An error names so many files; <c>data verify</c> names all.</summary>
    private const int NamedProblems = 5;

    private readonly string[] _paths;
    private readonly int _height, _width;
    private readonly string? _advice;
    private readonly ConcurrentBag<ImageReader> _readers = [];

    /// <summary>Reads nothing yet.</summary>
    /// <param name="paths">PNG or JPEG files.</param>
    /// <param name="height">Rows of every image when it is read.</param>
    /// <param name="width">Columns of every image when it is read.</param>
    /// <param name="advice">What errors of files that cannot be decoded end with; or null.</param>
    public ImageFiles(string[] paths, int height, int width, string? advice = null)
    {
        (_paths, _advice) = (paths, advice);
        (_height, _width) = (height, width);
    }

    /// <summary>The number of images.</summary>
    public int Count => _paths.Length;

    /// <summary>Where an image lies.</summary>
    public string Path(int index) => _paths[index];

    /// <summary>Some of the images.</summary>
    public ImageFiles Subset(int[] indices) =>
        new([.. indices.Select(index => _paths[index])], _height, _width, _advice);

    /// <summary>
    /// Reads images and tells <paramref name="store"/> of each, from several threads: its place in
    /// <paramref name="indices"/>.
    /// </summary>
    /// <param name="indices">Which images.</param>
    /// <param name="y">[N, 3, H, W].</param>
    /// <param name="options">Seed, and whether images are cropped at random.</param>
    /// <param name="epoch">The epoch that the random crops are of.</param>
    /// <param name="store">What else is done with an image when it is there.</param>
    /// <exception cref="InvalidDataException">A file is gone or cannot be decoded; the sentence names it.</exception>
    public void Read(
        ReadOnlyMemory<int> indices, Memory<byte> y, BatchOptions options, uint epoch, Action<int>? store)
    {
        int bytes = ImageDataset.Channels * _height * _width;
        InParallel(indices.Length, i =>
        {
            try
            {
                Read(indices.Span[i], y.Span.Slice(i * bytes, bytes), options, epoch);
            }
            catch (InvalidDataException e) when (_advice is not null)
            {
                throw new InvalidDataException(Advised(e.Message), e);
            }

            store?.Invoke(i);
        });
    }

    private string Advised(string problem) => _advice is null ? problem : $"{problem.TrimEnd('.')}; {_advice}";

    /// <summary>Does something for 0 … count − 1 on all cores; what one throws ends it.</summary>
    public static void InParallel(int count, Action<int> body)
    {
        try
        {
            Parallel.For(0, count, body);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    /// <summary>Looks at every file as far as that is cheap (<see cref="ImageReader.Check"/>), on all cores.</summary>
    /// <exception cref="InvalidDataException">Some cannot be decoded: how many, and the first.</exception>
    public void RequireWhole()
    {
        SortedDictionary<int, string> problems = Problems((reader, path) => reader.Check(path));
        if (problems.Count > 0)
            throw new InvalidDataException(Advised(problems.Count == 1 ? problems.First().Value : InWords(problems)));
    }

    /// <summary>Decodes every file, on all cores.</summary>
    /// <param name="leftOut">How many cannot be decoded, and the first; null where all can.</param>
    /// <returns>The images that can be decoded, in their order.</returns>
    public int[] Decodable(out string? leftOut)
    {
        SortedDictionary<int, string> problems = Problems((reader, path) => reader.Read(path));
        leftOut = problems.Count == 0 ? null : InWords(problems);
        return [.. Enumerable.Range(0, Count).Where(index => !problems.ContainsKey(index))];
    }

    private SortedDictionary<int, string> Problems(Action<ImageReader, string> look)
    {
        ConcurrentDictionary<int, string> problems = [];
        InParallel(Count, index =>
        {
            // A reader that failed is not given back: it may hold a decoder that is no longer good.
            ImageReader reader = _readers.TryTake(out ImageReader? free) ? free : new ImageReader();
            try
            {
                look(reader, _paths[index]);
                _readers.Add(reader);
            }
            catch (InvalidDataException e)
            {
                problems[index] = e.Message;
                reader.Dispose();
            }
        });
        return new SortedDictionary<int, string>(problems);
    }

    private string InWords(SortedDictionary<int, string> problems) => string.Create(
        CultureInfo.InvariantCulture,
        $"{problems.Count:N0} of {Count:N0} image files cannot be used{(problems.Count > NamedProblems
            ? $", the first {NamedProblems}" : string.Empty)}: {string.Join(
                "; ", problems.Values.Take(NamedProblems))}");

    /// <summary>Reads an image as evaluation does.</summary>
    /// <returns>What its decoder warned of, or null.</returns>
    /// <exception cref="InvalidDataException">The file is gone or cannot be decoded; the sentence names it.</exception>
    public string? Read(int index, Span<byte> y) => Read(index, y, augmented: null, epoch: 0);

    private string? Read(int index, Span<byte> y, BatchOptions? augmented, uint epoch)
    {
        // A reader that failed is not given back: it may hold a decoder that is no longer good.
        ImageReader reader = _readers.TryTake(out ImageReader? free) ? free : new ImageReader();
        reader.Read(_paths[index]);
        DecodedImage image = reader.Image;
        ImageWindow window = augmented is { Augmentation: Augmentation.Standard }
            ? ImageWindow.ForTraining(image.Height, image.Width, _height, _width, augmented.Seed, epoch, index)
            : ImageWindow.ForEvaluation(image.Height, image.Width, _height, _width);
        reader.Resampler.Resize(image, window, _height, _width, y);
        string? warning = image.Warning;
        _readers.Add(reader);
        return warning;
    }
}
