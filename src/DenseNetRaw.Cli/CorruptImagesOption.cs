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

    /// <summary>Fails if files are to be skipped of data that has no image files.</summary>
    /// <exception cref="ArgumentException">They are.</exception>
    public void RequireActing(ParseResult command, DataSource source)
    {
        if (command.GetValue(Flag) == Skip && !source.HasImageFiles)
            throw new ArgumentException($"{Flag.Name} {Skip}: expected with image folders alone, found other --data");
    }

    /// <summary>Says on the error stream what is left out; null to fail instead.</summary>
    public Action<string>? LeftOut(ParseResult command) => command.GetValue(Flag) == Skip
        ? words => command.InvocationConfiguration.Error.WriteLine($"densenet: left out: {VisibleText.Of(words)}")
        : null;
}
