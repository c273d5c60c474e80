using System.Globalization;
using DenseNetRaw.Data.Images;

namespace DenseNetRaw.Data;

/// <summary>
/// Image files in a folder for each class, as torchvision's <c>ImageFolder</c>: <c>train/CLASS/…</c>, and <c>val</c> or
/// <c>test</c> beside <c>train</c>. Classes and files are in ordinal order; files may lie in folders of their own below
/// their class's. PNG and JPEG files (<c>.png .jpg .jpeg</c>); others are not looked at.
/// </summary>
internal sealed class ImageFolder
{
    /// <summary>The part that is trained on.</summary>
    public const string Training = "train";

    private static readonly string[] Tests = ["val", "test"];
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg"];
    private static readonly EnumerationOptions Recursively = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = false,
    };

    private readonly string _folder;
    private readonly int _height, _width;
    private readonly Action<string>? _leftOut;
    private readonly string? _advice;

    /// <summary>Looks at nothing yet.</summary>
    /// <param name="folder">The folder of <c>train</c>.</param>
    /// <param name="height">Rows that every image is given.</param>
    /// <param name="width">Columns that every image is given.</param>
    /// <param name="leftOut">
    /// Told how many files cannot be decoded and are left out, and of the first; null to fail at them.
    /// </param>
    /// <param name="advice">What errors of files that cannot be decoded end with; or null.</param>
    public ImageFolder(
        string folder, int height, int width, Action<string>? leftOut = null, string? advice = null)
    {
        (_folder, _leftOut, _advice) = (folder, leftOut, advice);
        (_height, _width) = (height, width);
    }

    /// <summary>The parts that are there: <c>train</c>, <c>val</c> or <c>test</c>.</summary>
    public IEnumerable<string> Parts => Tests.Prepend(Training).Where(part => Directory.Exists(PathOf(part)));

    /// <summary>Whether a folder is one of image files.</summary>
    public static bool IsOne(string folder) =>
        Tests.Prepend(Training).Any(part => Directory.Exists(System.IO.Path.Combine(folder, part)));

    /// <summary>Whether a file is an image by its name.</summary>
    public static bool IsImage(string path) =>
        Extensions.Contains(System.IO.Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>The training images.</summary>
    /// <exception cref="InvalidDataException">There are none, a class has none, or a file is no image.</exception>
    public ImageDataset ReadTraining() => Checked(Read(Training, "training images", Classes(Training)));

    /// <summary>The images of <c>val</c>, or else of <c>test</c>, with the classes of the training images.</summary>
    /// <exception cref="InvalidDataException">There are none, or of a class not trained, or a file is none.</exception>
    public ImageDataset ReadTest()
    {
        string part = Tests.FirstOrDefault(name => Directory.Exists(PathOf(name)))
            ?? throw new InvalidDataException(
                $"{_folder}: expected a folder '{Tests[0]}' or '{Tests[1]}' beside '{Training}', found neither.");
        return Checked(Read(part, "test images", Classes(Directory.Exists(PathOf(Training)) ? Training : part)));
    }

    /// <summary>The images of a part, with classes of its own and no look at the files.</summary>
    /// <param name="part">One of <see cref="Parts"/>.</param>
    /// <param name="problem">Told of each class without images.</param>
    /// <returns>Null where no class has any.</returns>
    public ImageDataset? ReadPart(string part, Action<string> problem)
    {
        string[] classes = Classes(part);
        bool[] areEmpty = [.. classes.Select(label => FilesOf(part, label).Length == 0)];
        foreach (string label in classes.Where((_, index) => areEmpty[index]))
            problem(WithoutImages(part, label));
        return areEmpty.Contains(false) ? Read(part, $"{part} images", classes, takesEmpty: true) : null;
    }

    /// <summary>How many files of a part are not named as images.</summary>
    public int CountOthers(string part) =>
        Directory.EnumerateFiles(PathOf(part), "*", Recursively).Count(path => !IsImage(path));

    /// <summary>
    /// A damaged file is better known before the first step than in the middle of a run. Without leaving files out that
    /// is damaged structure alone: what only decoding finds stops the run when the file is met.
    /// </summary>
    private ImageDataset Checked(ImageDataset images)
    {
        if (_leftOut is null)
        {
            images.Files!.RequireWhole();
            return images;
        }

        int[] decodable = images.Files!.Decodable(out string? leftOut);
        if (leftOut is null)
            return images;
        ImageDataset rest = images.Subset(images.Name, decodable);
        int[] lost = [.. images.Labels.Except(rest.Labels)];
        if (lost.Length > 0)
        {
            throw new InvalidDataException(
                $"{_folder}: expected {images.Name} of '{images.Classes[lost[0]]}' that can be decoded, found none: "
                + leftOut);
        }

        _leftOut(leftOut);
        return rest;
    }

    private string PathOf(string part) => System.IO.Path.Combine(_folder, part);

    private string[] Classes(string part)
    {
        if (!Directory.Exists(PathOf(part)))
            throw new InvalidDataException($"{_folder}: expected a folder '{part}', found none.");
        string[] classes = [.. Directory.GetDirectories(PathOf(part)).Select(path => System.IO.Path.GetFileName(path))];
        Array.Sort(classes, StringComparer.Ordinal);
        if (classes.Length == 0)
            throw new InvalidDataException($"{PathOf(part)}: expected a folder for each class, found none.");
        foreach (string name in classes.Where(name => !name.All(IsPrintable)))
        {
            throw new InvalidDataException(
                $"{PathOf(part)}: expected class names that can be printed, found one with U+"
                + $"{(int)name.First(letter => !IsPrintable(letter)):X4}.");
        }

        return classes;
    }

    /// <summary>A control character could move a terminal's cursor or turn the direction of text.</summary>
    private static bool IsPrintable(char letter) => char.GetUnicodeCategory(letter)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator);

    private string[] FilesOf(string part, string label)
    {
        string folder = System.IO.Path.Combine(PathOf(part), label);
        string[] files = [.. Directory.EnumerateFiles(folder, "*", Recursively).Where(IsImage)];
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }

    private string WithoutImages(string part, string label) =>
        $"{System.IO.Path.Combine(PathOf(part), label)}: expected image files ({string.Join(' ', Extensions)}), "
        + "found none.";

    private ImageDataset Read(string part, string name, string[] classes, bool takesEmpty = false)
    {
        List<string> paths = [];
        List<int> labels = [];
        foreach (string label in Classes(part))
        {
            int index = Array.BinarySearch(classes, label, StringComparer.Ordinal);
            if (index < 0)
            {
                throw new InvalidDataException(
                    $"{System.IO.Path.Combine(PathOf(part), label)}: expected a class of '{Training}', found another.");
            }

            string[] files = FilesOf(part, label);
            if (files.Length == 0 && !takesEmpty)
                throw new InvalidDataException(WithoutImages(part, label));
            paths.AddRange(files);
            labels.AddRange(Enumerable.Repeat(index, files.Length));
        }

        if (!TurboJpegLibrary.IsFound && paths.Exists(IsNamedJpeg))
            throw TurboJpegLibrary.Missing(TurboJpegLibrary.Names);
        string folderName = System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(
            System.IO.Path.GetFullPath(_folder)));
        return new ImageDataset(
            $"{folderName} {name}", new ImageFiles([.. paths], _height, _width, _advice), [.. labels], _height, _width,
            classes, Normalization.ImageNet);
    }

    private static bool IsNamedJpeg(string path) => !path.EndsWith(Extensions[0], StringComparison.OrdinalIgnoreCase);
}
