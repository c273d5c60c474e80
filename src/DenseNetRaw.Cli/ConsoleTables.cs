using Spectre.Console;

namespace DenseNetRaw.Cli;

/// <summary>Writes tables: as wide as the terminal, or as wide as they want where the output is redirected.</summary>
internal static class ConsoleTables
{
    private const int UnlimitedWidth = 1000;

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
            texts.Add(new Text(cell));
        }

        table.AddRow(texts);
    }

    /// <summary>Writes the table to <paramref name="output"/>.</summary>
    public static void WriteTable(this TextWriter output, Table table)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (!console.Profile.Out.IsTerminal)
        {
            console.Profile.Width = UnlimitedWidth;
        }

        console.Write(table);
    }
}
