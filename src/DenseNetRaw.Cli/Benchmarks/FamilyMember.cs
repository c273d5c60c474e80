using System.CommandLine;
using DenseNetRaw.Data;
using DenseNetRaw.Models;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>A model of <c>bench family</c>: its name, and perhaps flags that change it.</summary>
/// <param name="Words">The name, then flags and their values, as <c>train --model</c> takes them.</param>
/// <param name="Configuration">The network, for the classes and the size of the images.</param>
/// <param name="Training">The images trained on.</param>
/// <param name="Test">The images evaluated on.</param>
internal sealed record FamilyMember(
    IReadOnlyList<string> Words, ModelConfiguration Configuration, ImageDataset Training, ImageDataset Test)
{
    private const string AnyModel = "densenet-bc-22-12";

    /// <summary>As it was asked for, and as tables and pictures call it.</summary>
    public string Name => string.Join(' ', Words);

    /// <summary>The same as the name of a file: other than letters, digits, dots and dashes: _.</summary>
    public string FileName =>
        string.Concat(Name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' ? c : '_'));

    /// <summary>Reads the data for it, and checks that the network is possible.</summary>
    /// <param name="flag">The flag that names it, for errors.</param>
    /// <param name="text">A model's name, then flags with spaces between them.</param>
    /// <param name="images">The images, of so many rows and columns where they are files.</param>
    /// <exception cref="ArgumentException">There is no such model or flag, or it is impossible.</exception>
    /// <exception cref="InvalidDataException">The data is missing or wrong.</exception>
    public static FamilyMember Read(
        string flag, string text, Func<int, int, (ImageDataset Training, ImageDataset Test)> images)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        ModelOptions options = new(AnyModel, name: flag);
        Command flags = new("model");
        flags.AddAll(options.All);
        ParseResult parsed = flags.Parse([flag, .. words]);
        if (words.Length == 0 || parsed.Errors.Count > 0)
        {
            throw new ArgumentException(
                $"{flag}: expected a model's name, with spaces between it and flags that change it, found '{text}'"
                + (parsed.Errors.Count > 0 ? $": {parsed.Errors[0].Message}" : ""));
        }

        (int height, int width) = options.ImageSize(parsed, described: null);
        (ImageDataset training, ImageDataset test) = images(height, width);
        return new FamilyMember(
            words, options.ReadFor(parsed, null, training.Classes.Count, training.Height, training.Width), training,
            test);
    }
}
