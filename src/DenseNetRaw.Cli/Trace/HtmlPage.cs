using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace DenseNetRaw.Cli.Trace;

/// <summary>
/// A page in one file, which fetches nothing and runs nothing but its own script: the content security policy names
/// style and script by their SHA-256.
/// </summary>
internal static class HtmlPage
{
    /// <summary>Text as it stands in a page, in attributes too.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(text);

    /// <summary>The page.</summary>
    /// <param name="title">In plain text.</param>
    /// <param name="style">CSS.</param>
    /// <param name="script">JavaScript, run when the body is there.</param>
    /// <param name="body">HTML.</param>
    public static string Of(string title, string style, string script, string body)
    {
        string policy = $"default-src 'none'; style-src '{Hash(style)}'; script-src '{Hash(script)}'; base-uri 'none'; "
            + "form-action 'none'";
        return $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="{policy}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{Text(title)}</title>
        <style>{style}</style>
        </head>
        <body>
        {body}
        <script>{script}</script>
        </body>
        </html>

        """;
    }

    private static string Hash(string text) =>
        $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";
}
