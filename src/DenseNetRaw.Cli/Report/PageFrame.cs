using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DenseNetRaw.Cli.Report;

/// <summary>
/// What every page has around its content: one file, with a content security policy that lets nothing be loaded and no
/// style or script run but the two that stand in it, named by their hashes; and its data, once, as JSON.
/// </summary>
internal static class PageFrame
{
    /// <summary>A whole page.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="body">What is seen.</param>
    /// <param name="data">What it is drawn from.</param>
    public static string Of(string title, Html body, object data)
    {
        string style = Resource("page.css"), script = Resource("page.js");

        // The serializer writes < as \u003C, so that no text can end the element.
        string json = JsonSerializer.Serialize(data, JsonOutput.Options);
        return Html.Of(
            $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="{Html.Raw(Policy(style, script))}">
            <meta name="color-scheme" content="light dark">
            <title>{title}</title>
            <style>{Html.Raw(style)}</style>
            </head>
            <body>
            <main>
            {body}
            </main>
            <script type="application/json" id="run-data">{Html.Raw(json)}</script>
            <script>{Html.Raw(script)}</script>
            </body>
            </html>

            """).ToString();
    }

    private static string Policy(string style, string script) =>
        $"default-src 'none'; style-src '{HashOf(style)}'; script-src '{HashOf(script)}'; base-uri 'none'; "
        + "form-action 'none'";

    private static string HashOf(string text) =>
        $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";

    private static string Resource(string name)
    {
        using Stream stream = typeof(PageFrame).Assembly.GetManifestResourceStream($"DenseNetRaw.Cli.Report.{name}")!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
