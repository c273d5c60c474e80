using Spectre.Console;
using Spectre.Console.Rendering;

namespace DenseNetRaw.Cli;

/// <summary>
/// Writes tables, as wide as the terminal, or as wide as they want where the output is redirected; and the text below
/// them.
/// </summary>
internal static class ConsoleTables
{
    private const int UnlimitedWidth = 1000;
    private const int WidthOfText = 80;

    /// <summary>A table with the given headings, numbers to the right.</summary>
    public static Table New(params ReadOnlySpan<(string Heading, bool IsNumber)> columns)
    {
        Table table = new() { Border = TableBorder.Simple };
        foreach ((string heading, bool isNumber) in columns)
        {
            table.AddColumn(new TableColumn(Markup.Escape(heading))
            {
                Alignment = isNumber ? Justify.Right : Justify.Left,
                NoWrap = true,
            });
        }

        return table;
    }

    /// <summary>Adds a row of plain text.</summary>
    public static void AddPlainRow(this Table table, params ReadOnlySpan<string> cells)
    {
        List<Text> texts = [];
        foreach (string cell in cells)
        {
            texts.Add(new Text(VisibleText.Of(cell)));
        }

        table.AddRow(texts);
    }

    /// <summary>
    /// Writes the table to <paramref name="output"/>; where it is wider than the terminal, in several tables one below
    /// the other, each with the columns that say which row it is and as many of the others as there is
    /// room for. Nothing is cut or wrapped.
    /// </summary>
    /// <param name="output">Where to.</param>
    /// <param name="table">The table.</param>
    /// <param name="keys">The first columns, by which rows are told apart.</param>
    public static void WriteTable(this TextWriter output, Table table, int keys = 1)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        WriteTable(console, table, console.Profile.Out.IsTerminal ? console.Profile.Width : UnlimitedWidth, keys);
    }

    /// <summary>
    /// Writes a paragraph in lines no longer than the terminal is wide, or 80 characters where the output is
    /// redirected. Words longer than that stay whole.
    /// </summary>
    public static void WriteText(this TextWriter output, string text)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        WriteText(output, text, console.Profile.Out.IsTerminal ? console.Profile.Width : WidthOfText);
    }

    /// <summary>Writes a paragraph in lines of at most <paramref name="width"/> characters.</summary>
    internal static void WriteText(TextWriter output, string text, int width)
    {
        int column = 0;
        foreach (string word in VisibleText.Of(text).Split(' '))
        {
            if (column > 0)
            {
                bool fits = column + 1 + word.Length <= width;
                output.Write(fits ? " " : Environment.NewLine);
                column = fits ? column + 1 : 0;
            }

            output.Write(word);
            column += word.Length;
        }

        output.WriteLine();
    }

    /// <summary>
    /// Writes the table in parts of at most <paramref name="width"/> characters, as far as columns allow.
    /// </summary>
    internal static void WriteTable(IAnsiConsole console, Table table, int width, int keys = 1)
    {
        int[] always = [.. Enumerable.Range(0, keys)];
        console.Profile.Width = UnlimitedWidth;
        List<int> columns = [];
        for (int column = keys; column < table.Columns.Count; column++)
        {
            if (columns.Count > 0 && WidthOf(console, Part(table, [.. always, .. columns, column])) > width)
            {
                console.Write(Part(table, [.. always, .. columns]));
                columns.Clear();
            }

            columns.Add(column);
        }

        console.Write(columns.Count + keys == table.Columns.Count ? table : Part(table, [.. always, .. columns]));
    }

    private static int WidthOf(IAnsiConsole console, IRenderable part) =>
        part.Measure(RenderOptions.Create(console), UnlimitedWidth).Max;

    /// <summary>The table with these columns alone.</summary>
    private static Table Part(Table table, IReadOnlyList<int> columns)
    {
        Table part = new() { Border = table.Border, ShowHeaders = table.ShowHeaders };
        foreach (int column in columns)
            part.AddColumn(table.Columns[column]);
        foreach (TableRow row in table.Rows)
            part.AddRow([.. columns.Select(column => row[column])]);
        return part;
    }
}
