namespace DenseNetRaw.Cli.Report;

/// <summary>What a page says of a run, as data.</summary>
/// <param name="Headline">The numbers that it begins with.</param>
/// <param name="Epochs">What its curves are drawn from.</param>
internal sealed record RunData(Headline Headline, IReadOnlyList<EpochMetrics> Epochs);
