using System.CommandLine;
using DenseNetRaw.Data;

namespace DenseNetRaw.Cli;

/// <summary>What becomes of image files that cannot be decoded.</summary>
internal sealed class CorruptImagesOption
{
    /// <summary>The flag's word for leaving them out.</summary>
    public const string Skip = "skip";

    private const string Fail = "fail";

    public CorruptImagesOption() => Flag.TakeOnly(Fail, Skip);

    /// <summary><c>--corrupt-images</c>.</summary>
    public Option<string> Flag { get; } = new("--corrupt-images")
    {
        Description = "of image folders: fail at files that cannot be decoded, or skip them, with their number on the "
            + "error stream; skip decodes every file once before it begins",
        DefaultValueFactory = _ => Fail,
    };

    /// <summary>Opens what <c>--data</c> names; what is left out of it is said on the error stream.</summary>
    /// <param name="command">The parsed command line.</param>
    /// <param name="data">What <c>--data</c> was given.</param>
    /// <param name="height">Rows that image files are scaled and cropped to.</param>
    /// <param name="width">Columns that image files are scaled and cropped to.</param>
    /// <exception cref="ArgumentException">Files are to be skipped of data that has no image files.</exception>
    /// <exception cref="InvalidDataException">There is no such folder, or nothing in it is recognised.</exception>
    public DataSource Open(ParseResult command, string data, int height, int width)
    {
        bool skips = command.GetValue(Flag) == Skip;
        DataSource source = DataSource.Open(
            data, height, width, skips ? Say : null, skips ? null : $"{Flag.Name} {Skip} goes without such files");
        if (skips && !source.HasImageFiles)
            throw new ArgumentException($"{Flag.Name} {Skip}: expected with image folders alone, found other --data");
        return source;

        void Say(string words) =>
            command.InvocationConfiguration.Error.WriteLine($"densenet: left out: {VisibleText.Of(words)}");
    }
}
