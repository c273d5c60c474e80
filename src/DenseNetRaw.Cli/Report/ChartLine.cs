namespace DenseNetRaw.Cli.Report;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="Style">Its number in the style sheet: colour and dashes.</param>
/// <param name="Points">From left to right.</param>
internal sealed record ChartLine(string Name, int Style, IReadOnlyList<(double X, double Y)> Points)
{
    /// <summary>Whether it is a thin background to the others.</summary>
    public bool IsFaint { get; init; }

    /// <summary>Whether a value holds until the next.</summary>
    public bool IsStaircase { get; init; }
}
