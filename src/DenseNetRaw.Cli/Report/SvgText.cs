namespace DenseNetRaw.Cli.Report;

/// <summary>
/// How much room text takes in a drawing, whatever font a browser has: rather too much than too little.
/// </summary>
internal static class SvgText
{
    /// <summary>Pixels of the text, as the style sheet sets it.</summary>
    public const double Size = 12;

    private const double WidthOfCharacter = 0.62 * Size;

    /// <summary>Pixels that a text is wide at most.</summary>
    public static double WidthOf(string text) => WidthOfCharacter * text.Length;
}
