namespace DenseNetRaw.Cli.Report;

/// <summary>A row of a bar chart: its name and value in a line of text, the bar below them.</summary>
/// <param name="Name">At the left.</param>
/// <param name="Value">At the right.</param>
/// <param name="Parts">The parts of the bar: class in the style sheet, length, and what it is.</param>
internal sealed record BarRow(
    string Name, string Value, IReadOnlyList<(string Style, double Length, string Words)> Parts)
{
    /// <summary>The length of the bar.</summary>
    public double Length => Parts.Sum(part => part.Length);
}
