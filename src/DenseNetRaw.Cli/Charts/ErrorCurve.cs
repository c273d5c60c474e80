namespace DenseNetRaw.Cli.Charts;

/// <summary>A model in a picture of errors.</summary>
/// <param name="Name">In the legend.</param>
/// <param name="Points">What it costs, and its error as a share from 0 to 1: one point, or one an exit.</param>
internal sealed record ErrorCurve(string Name, IReadOnlyList<(double Cost, double Error)> Points);
