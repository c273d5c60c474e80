using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace DenseNetRaw.Cli.Report;

/// <summary>
/// A piece of HTML or SVG. What is put into the holes of an interpolated string is escaped, unless it is such a piece
/// itself: no name of a run, file or class can become markup.
/// </summary>
internal sealed class Html
{
    private readonly string _markup;

    private Html(string markup) => _markup = markup;

    /// <summary>Nothing.</summary>
    public static Html None { get; } = new(string.Empty);

    /// <summary>Markup with holes, each escaped.</summary>
    public static Html Of(Holes markup) => new(markup.ToString());

    /// <summary>Markup as it stands: our own style sheet, script or data.</summary>
    public static Html Raw(string markup) => new(markup);

    /// <summary>Pieces one after another, each on a line.</summary>
    public static Html Join(IEnumerable<Html> pieces) => new(string.Join('\n', pieces));

    /// <inheritdoc/>
    public override string ToString() => _markup;

    /// <summary>What the compiler makes of an interpolated string.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Holes
    {
        private readonly StringBuilder _text;

        /// <summary>As the compiler calls it.</summary>
        /// <param name="literalLength">Characters outside the holes.</param>
        /// <param name="formattedCount">Holes.</param>
        public Holes(int literalLength, int formattedCount) =>
            _text = new StringBuilder(literalLength + (8 * formattedCount));

        /// <summary>Markup.</summary>
        public void AppendLiteral(string markup) => _text.Append(markup.ReplaceLineEndings("\n"));

        /// <summary>Markup.</summary>
        public void AppendFormatted(Html? markup) => _text.Append(markup);

        /// <summary>Markup, a piece a line.</summary>
        public void AppendFormatted(IEnumerable<Html> markup) => _text.AppendJoin('\n', markup);

        /// <summary>Text, escaped.</summary>
        public void AppendFormatted(string? text) =>
            _text.Append(WebUtility.HtmlEncode(text is null ? null : VisibleText.Of(text)));

        /// <summary>A number, whole or with two decimals at most, as coordinates are.</summary>
        public void AppendFormatted(double number) =>
            _text.Append(number.ToString("0.##", CultureInfo.InvariantCulture));

        /// <inheritdoc/>
        public override string ToString() => _text.ToString();
    }
}
