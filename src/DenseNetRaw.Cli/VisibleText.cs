using System.Globalization;
using System.Text;

namespace DenseNetRaw.Cli;

/// <summary>
/// Names of files, folders and classes as they may be shown: what would steer a terminal or turn the direction of text
/// is spelled out, as <c>\u202E</c>, so that no name can pass itself off as something else.
/// </summary>
internal static class VisibleText
{
    /// <summary>The text with what cannot be seen spelled out; line feeds and tabs stay.</summary>
    public static string Of(string text)
    {
        StringBuilder visible = new();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsPlain(rune))
                visible.Append(rune);
            else
                visible.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
        }

        return visible.ToString();
    }

    private static bool IsPlain(Rune rune) => rune.Value is '\n' or '\t'
        || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse
            or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned);
}
