using System.Text;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>A table in Markdown whose columns are aligned, so that it reads well as plain text too.</summary>
/// <param name="headings">Of the columns; the first holds words, the others numbers.</param>
internal sealed class MarkdownTable(params string[] headings)
{
    private readonly List<string[]> _rows = [headings];

    /// <summary>Adds a row.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    /// <inheritdoc/>
    public override string ToString()
    {
        int[] widths = [.. headings.Select((_, column) => _rows.Max(row => row[column].Length))];
        StringBuilder text = new();
        foreach (string[] row in _rows)
        {
            text.Append("| ").AppendJoin(" | ", row.Select((cell, column) =>
                column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).Append(" |\n");
            if (row == headings)
            {
                text.Append('|').AppendJoin('|', widths.Select((width, column) =>
                    column == 0 ? new string('-', width + 2) : new string('-', width + 1) + ':')).Append("|\n");
            }
        }

        return text.ToString();
    }
}
